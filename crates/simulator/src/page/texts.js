// The phone's texts: a person texts one of the accounts' numbers, and sees what comes back.
// Loaded before page.js, whose small functions it uses when it runs.
"use strict";

const MESSAGE_WORDS = {
  accepted: "Accepted", scheduled: "Scheduled", queued: "Queued", sending: "Sending", sent: "Sent", delivered: "Delivered",
  undelivered: "Undelivered", failed: "Failed", canceled: "Canceled", received: "Received",
};
const MESSAGE_KIND = { delivered: "good", received: "good", undelivered: "bad", failed: "bad", canceled: "warn" };

const messageState = (text) => badge(
  text.error_code ? `${MESSAGE_WORDS[text.status]} (${text.error_code})` : MESSAGE_WORDS[text.status] ?? text.status,
  MESSAGE_KIND[text.status] ?? "accent");

const plainNumber = (value) => value.replace(/[\s().-]/g, "");

async function attachment(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { content_type: file.type || "application/octet-stream", bytes: btoa(binary) };
}

/** The last state, so that the thread follows what stands in the form. */
let lastTexts = [];

function setUpTexts() {
  const form = document.getElementById("text");
  const error = document.getElementById("text-error");
  form.addEventListener("input", () => showThread());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { from, to, body, picture } = form.elements;
    const [account, number] = to.value.split(" ");
    error.textContent = "";
    if (!body.value && !picture.files.length) {
      error.textContent = "Write something, or choose a picture.";
      return;
    }
    try {
      const media = await Promise.all([...picture.files].map(attachment));
      await send("POST", `/accounts/${account}/messages`, { from: plainNumber(from.value), to: number, body: body.value, media });
      body.value = "";
      picture.value = "";
      await load();
    } catch {
      error.textContent = "The text could not be sent: does this number take texts?";
    }
  });
}

/** Which numbers can be texted: those whose texts somebody reads come first. */
function textees(accounts) {
  const select = document.getElementById("text").elements.to;
  const numbers = accounts.flatMap(({ account: it }) => Object.values(it.numbers)
    .filter((number) => number.capabilities.sms)
    .map((number) => ({
      value: `${it.sid} ${number.phone_number}`,
      text: `${number.phone_number} · ${it.friendly_name}`,
      reads: Boolean(number.sms_application_sid || number.sms_url),
    })));
  numbers.sort((a, b) => Number(b.reads) - Number(a.reads));
  const key = JSON.stringify(numbers);
  if (select.dataset.shown === key) return;
  select.dataset.shown = key;
  const before = select.value;
  select.replaceChildren(...numbers.map(({ value, text }) => make("option", { value }, text)));
  if (numbers.some(({ value }) => value === before)) select.value = before;
}

function files(text) {
  return text.media.map(({ url, content_type: kind, size }) => (kind.startsWith("image/")
    ? make("img", { src: url, alt: `Picture of ${size} bytes`, className: "picture" })
    : make("a", { href: url }, `${kind}, ${size} bytes`)));
}

/** What the phone in the form has said and heard. What is on its way to it has not arrived. */
function showThread() {
  const form = document.getElementById("text");
  const phone = plainNumber(form.elements.from.value);
  const number = form.elements.to.value.split(" ")[1];
  const mine = lastTexts.filter((it) => (it.from === phone && it.to === number && it.direction === "inbound")
    || (it.to === phone && it.from === number && it.direction !== "inbound" && ["sent", "delivered"].includes(it.status)));
  const thread = document.getElementById("thread");
  const key = JSON.stringify(mine);
  if (thread.dataset.shown === key) return;
  thread.dataset.shown = key;
  thread.replaceChildren(...(mine.length
    ? [...mine].reverse().map((it) => make("li", { className: it.direction === "inbound" ? "mine" : "" }, it.body, ...files(it)))
    : [make("li", { className: "empty" }, "No texts with this number yet.")]));
  thread.scrollTop = thread.scrollHeight;
}

function textRow(text) {
  const made = text.direction === "inbound" ? "from a phone" : text.automatic ? "Twilio’s own answer"
    : text.direction === "outbound-reply" ? "a reply in TwiML" : "made over REST";
  const length = text.segments === 1 ? "1 segment" : `${text.segments} segments`;
  const details = text.answer === null ? null : make("details", { open: opened.has(text.sid) },
    make("summary", {}, "TwiML"), make("pre", {}, text.answer));
  details?.addEventListener("toggle", () => (details.open ? opened.add(text.sid) : opened.delete(text.sid)));
  return make("li", { className: "call" },
    make("div", {}, make("strong", {}, `${text.from} → ${text.to}`),
      make("span", { className: "sub" }, `${new Date(text.created).toLocaleTimeString()} · ${made} · ${length} · `,
        make("code", {}, text.sid))),
    make("div", { className: "actions" }, messageState(text)),
    make("p", { className: "bubble" }, text.body, ...files(text)),
    ...text.notices.map(({ code, message }) => make("p", { className: "fault" }, `${code}: ${message}`)),
    details);
}

let shownTexts = "";

function showTexts({ accounts, messages }) {
  textees(accounts);
  lastTexts = messages;
  showThread();
  const key = JSON.stringify(messages);
  if (key === shownTexts) return;
  shownTexts = key;
  document.getElementById("texts").replaceChildren(messages.length
    ? make("ul", { className: "rows" }, ...messages.map(textRow))
    : make("p", { className: "empty" }, "No texts yet."));
}
