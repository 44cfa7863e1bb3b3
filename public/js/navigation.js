// Goes from page to page of the signed-in area without leaving the document, so that a call survives it. Where this file or Turbo does not
// load, links and forms do what they always do.
import "/vendor/turbo-8.0.23/turbo.min.js";

const root = document.documentElement;
/** The phone, if it is taken over into the next page. */
let kept = null;
let first = true;

addEventListener("turbo:click", (event) => {
  // Downloads and sounds are no pages.
  if (new URL(event.detail.url).pathname.startsWith("/api/")) {
    event.preventDefault();
  }
});

addEventListener("turbo:before-render", (event) => {
  const { newBody } = event.detail;
  const [phone, next] = [document.getElementById("phone"), newBody.querySelector("#phone")];
  if (phone && next && phone.dataset.number !== next.dataset.number) {
    // Another number was connected meanwhile: nothing of the old phone may stay.
    event.preventDefault();
    location.reload();
    return;
  }
  kept = phone && next ? phone : null;
  // What Leptos tells its own program on loading; that program is running already, and the policy would forbid it.
  newBody.querySelectorAll("script").forEach((script) => script.remove());
  if (root.hasAttribute("data-awake")) {
    // What only a living page shows must not go, or it would lose the focus. It is woken below, before anything else can happen.
    newBody.setAttribute("data-hydrated", "");
  }
});

addEventListener("turbo:render", () => {
  // While the program is still loading, it wakes whatever is in the page when it comes.
  if (root.hasAttribute("data-awake") && globalThis.__hydrateIsland) {
    wake(document.body, []);
  }
});

/** Wakes the islands below a node, as Leptos does on loading: outer ones first, with what surrounds their children. */
async function wake(node, around) {
  if (node === kept) {
    return;
  }
  const name = node.localName;
  if (name === "leptos-island") {
    around.at(-1)?.();
    await globalThis.__hydrateIsland(node, node.dataset.component);
  } else if (name === "leptos-children") {
    around = [...around, node.$$on_hydrate];
  }
  for (const child of [...node.children]) {
    await wake(child, around);
  }
}

// A screen reader is told of a new page by the focus on its heading; who is using the phone keeps the focus and hears the title.
addEventListener("turbo:load", () => {
  if (first) {
    first = false;
    return;
  }
  const focused = document.activeElement;
  if (focused && focused !== document.body && focused.isConnected) {
    say(document.title);
    return;
  }
  const heading = document.querySelector("main h1") ?? document.querySelector("main");
  if (heading && !location.hash) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
});

// A form whose answer did not come: pages are loaded the ordinary way then, by Turbo itself.
addEventListener("turbo:fetch-request-error", (event) => {
  if (event.target instanceof HTMLFormElement) {
    say("Sniko could not be reached. Check your internet connection, then try again.", true);
  }
});

function say(text, alarm = false) {
  const id = alarm ? "said-aloud" : "said";
  let place = document.getElementById(id);
  if (!place) {
    place = document.createElement("p");
    place.id = id;
    place.className = alarm ? "note note-bad" : "unseen";
    place.setAttribute("role", alarm ? "alert" : "status");
    (alarm ? document.querySelector("main") : document.body).prepend(place);
  }
  // In an own turn, or a region that has just been made is not heard.
  setTimeout(() => {
    place.textContent = text;
  });
}
