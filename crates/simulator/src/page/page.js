// Shows the simulator's state, and takes it anew whenever the simulator says that something changed.
// All text goes in as text: nothing that a program under test sent can become markup.
"use strict";

const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const badge = (text, kind = "") => make("span", { className: `badge ${kind}` }, text);
const sub = (text) => make("span", { className: "sub" }, text);

async function send(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(`/_simulator${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
}

// Accounts

function credential(label, value) {
  const copy = make("button", { type: "button", "aria-label": `Copy ${label}` }, "Copy");
  // Found again after the page has been built anew, so that the focus stays.
  copy.dataset.key = `${label} ${value}`;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(copy.previousElementSibling.lastElementChild);
      copy.textContent = "Selected";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  return make("div", { className: "credential" }, make("div", {}, make("span", {}, label), make("code", {}, value)), copy);
}

function settings(entries) {
  const list = make("dl");
  for (const [name, value] of entries) {
    if (value) list.append(make("dt", {}, name), make("dd", {}, make("code", {}, value)));
  }
  return list.childElementCount ? list : null;
}

const withMethod = (url, method) => (url ? `${method} ${url}` : null);

function number(sid, it) {
  const can = ["voice", "sms", "mms", "fax"].filter((capability) => it.capabilities[capability]);
  const points = settings([
    ["Calls", it.trunk_sid ?? it.voice_application_sid ?? withMethod(it.voice_url, it.voice_method)],
    ["Calls, fallback", withMethod(it.voice_fallback_url, it.voice_fallback_method)],
    ["Texts", it.sms_application_sid ?? withMethod(it.sms_url, it.sms_method)],
    ["Texts, fallback", withMethod(it.sms_fallback_url, it.sms_fallback_method)],
    ["Status", withMethod(it.status_callback, it.status_callback_method)],
  ]);
  return make("li", {},
    make("div", {}, make("strong", {}, it.phone_number),
      sub(it.friendly_name === it.phone_number ? sid : `${it.friendly_name} · ${sid}`)),
    make("div", { className: "actions" }, ...can.map((name) => badge(name.toUpperCase())),
      points ? badge("In use", "accent") : badge("Free")),
    points);
}

function application(sid, it) {
  return make("li", {},
    make("div", {}, make("strong", {}, it.friendly_name || "Unnamed"), sub(sid)),
    settings([
      ["Calls", withMethod(it.voice_url, it.voice_method)],
      ["Calls, fallback", withMethod(it.voice_fallback_url, it.voice_fallback_method)],
      ["Status", withMethod(it.status_callback, it.status_callback_method)],
      ["Texts", withMethod(it.sms_url, it.sms_method)],
    ]));
}

function service(sid, it) {
  return make("li", {},
    make("div", {}, make("strong", {}, it.friendly_name || "Unnamed"), sub(sid)),
    settings([
      ["Texts", it.use_inbound_webhook_on_number ? "As at the number" : withMethod(it.inbound_request_url, it.inbound_method)],
      ["Texts, fallback", withMethod(it.fallback_url, it.fallback_method)],
      ["Status", withMethod(it.status_callback, "POST")],
    ]));
}

function list(title, entries, row, empty) {
  const name = ([, it]) => it.phone_number ?? it.friendly_name ?? it;
  const items = Object.entries(entries).sort((a, b) => name(a).localeCompare(name(b)));
  return [
    make("h4", {}, items.length ? `${title} (${items.length})` : title),
    items.length
      ? make("ul", { className: "rows" }, ...items.map(([sid, it]) => row(sid, it)))
      : make("p", { className: "empty" }, empty),
  ];
}

function account({ account: it, auth_token: token, test_credentials: test }) {
  return make("article", { className: "card" },
    make("div", { className: "title" },
      make("h3", {}, it.friendly_name),
      badge(it.kind, it.kind === "Trial" ? "warn" : ""),
      badge(`${it.status[0].toUpperCase()}${it.status.slice(1)}`, it.status === "active" ? "good" : "bad"),
      test ? badge("Test credentials", "warn") : null),
    make("div", { className: "credentials" }, credential("Account SID", it.sid), credential("Auth Token", token)),
    ...list("Phone numbers", it.numbers, number, "None."),
    ...list("TwiML Apps", it.applications, application, "None yet. A program that connects makes one."),
    ...list("API keys", it.keys, (sid, name) => make("li", {},
      make("div", {}, make("strong", {}, name || "Unnamed"), sub(sid))), "None yet."),
    ...list("Messaging Services", it.messaging_services, service, "None."));
}

// Faults

const failing = (status, code, message) => ({ status: { status, code, message } });
const PRESETS = [
  { label: "Reject credentials", effect: failing(401, 20003, "Authenticate") },
  { label: "Fail key creation", method: "POST", path: "/Keys.json", effect: failing(500, 20500, "Internal Server Error") },
  { label: "Fail application creation", method: "POST", path: "/Applications.json", effect: failing(500, 20500, "Internal Server Error") },
  { label: "Refuse number changes", method: "POST", path: "/IncomingPhoneNumbers/*", effect: failing(400, 21402, "Invalid Url") },
  { label: "Lose answers to texts", method: "POST", path: "/Messages.json", effect: "drop_after" },
  { label: "Lose answers to creates", method: "POST", path: "*", effect: "drop_after" },
  { label: "Too many requests", effect: failing(429, 20429, "Too Many Requests") },
  { label: "Slow (1 s)", effect: { delay: 1000 } },
  { label: "Unreachable", effect: "drop_before" },
].map(({ label, method = null, path = "*", effect }) => ({ label, fault: { method, path, skip: 0, times: null, effect } }));

function describe({ effect }) {
  if (typeof effect === "string") {
    return { drop_before: "Connection reset", drop_after: "Takes effect, then connection reset", hang_before: "No answer",
      hang_after: "Takes effect, then no answer", garbage: "Answer that is not JSON",
      garbage_after: "Takes effect, then an answer that is not JSON", huge_body: "Huge answer" }[effect] ?? effect;
  }
  if (effect.delay !== undefined) return `${effect.delay} ms late`;
  if (effect.redirect !== undefined) return `Redirect to ${effect.redirect}`;
  const { status, code, message } = effect.status ?? effect.status_after;
  return `${effect.status ? "" : "Takes effect, then "}${status} with ${code}: ${message}`;
}

const presets = PRESETS.map(({ label, fault }) => {
  const button = make("button", { type: "button" }, label);
  const preset = { button, fault, active: [] };
  button.addEventListener("click", () => {
    const done = preset.active.length
      ? Promise.all(preset.active.map(({ id }) => send("DELETE", `/faults/${id}`)))
      : send("POST", "/faults", fault);
    done.catch(lost);
  });
  byId("presets").append(button);
  return preset;
});
const clear = make("button", { type: "button", className: "quiet" }, "Clear all");
clear.addEventListener("click", () => send("DELETE", "/faults").catch(lost));
byId("presets").append(clear);

const sortedKeys = (value) => (value && typeof value === "object"
  ? Object.fromEntries(Object.keys(value).sort().filter((key) => value[key] !== null).map((key) => [key, sortedKeys(value[key])]))
  : value);
const same = (a, b) => JSON.stringify(sortedKeys(a)) === JSON.stringify(sortedKeys(b));

function faults(active) {
  for (const preset of presets) {
    preset.active = active.filter((it) => same(it.fault, preset.fault));
    preset.button.setAttribute("aria-pressed", String(preset.active.length > 0));
  }
  clear.disabled = active.length === 0;
  byId("faults").replaceChildren(...active.map(({ id, struck, fault }) => {
    const off = make("button", { type: "button", className: "quiet" }, "Switch off");
    off.dataset.key = `fault ${id}`;
    off.addEventListener("click", () => send("DELETE", `/faults/${id}`).catch(lost));
    const left = fault.times === null ? "until cleared" : `${fault.times} more`;
    const which = fault.path === "*" ? `All ${fault.method ?? ""} requests` : `${fault.method ?? "Any method"} ${fault.path}`;
    return make("li", {}, make("div", {}, make("strong", {}, describe(fault)),
      sub(`${which} · ${left}${fault.skip ? ` after ${fault.skip}` : ""} · struck ${struck}`)), off);
  }));
}

// Requests

function request(it) {
  const kind = it.status === null ? "warn" : it.status < 400 ? "good" : "bad";
  const answer = it.status === null ? (it.ended === null ? "Running" : "No answer") : String(it.status);
  const form = it.form.map(([name, value]) => `${name}=${value}`).join("  ");
  return make("tr", {},
    make("td", {}, make("time", { dateTime: it.time }, new Date(it.time).toLocaleTimeString())),
    make("td", {}, badge(answer, kind)),
    make("td", {}, make("code", {}, it.method)),
    make("td", {}, make("code", {}, it.path), form ? sub(form) : null,
      it.faults.length ? sub(`Fault: ${it.faults.join(", ")}`) : null));
}

function requests(entries) {
  const heading = (text) => make("th", { scope: "col" }, text);
  byId("requests").replaceChildren(entries.length
    ? make("table", {},
      make("thead", {}, make("tr", {}, ...["Time", "Answer", "Method", "Request"].map(heading))),
      make("tbody", {}, ...entries.map(request)))
    : make("p", { className: "empty" }, "No requests yet. Point a program at this address, and they appear here."));
}

// The whole page

let shownAccounts = "";

function show(state) {
  const key = document.activeElement?.dataset?.key;
  // Only what changed is built anew, so that a selection of text in an account survives the next request.
  const accounts = JSON.stringify(state.accounts);
  if (accounts !== shownAccounts) {
    shownAccounts = accounts;
    byId("accounts").replaceChildren(...(state.accounts.length
      ? state.accounts.map(account)
      : [make("p", { className: "empty" }, "No accounts.")]));
  }
  faults(state.faults);
  requests(state.requests);
  showPhone(state);
  showCalls(state);
  showTexts(state);
  showWebhooks(state);
  if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function live(state, words) {
  byId("live").dataset.state = state;
  byId("live").textContent = words;
}

const lost = () => live("lost", "Not running");

// One fetch at a time; changes meanwhile lead to one more.
let loading = false;
let again = false;

async function load() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    do {
      again = false;
      const response = await fetch("/_simulator/state");
      if (!response.ok) throw new Error(String(response.status));
      show(await response.json());
    } while (again);
    live("live", "Live");
  } catch {
    lost();
  } finally {
    loading = false;
  }
}

setUpPhone();
setUpTexts();
const events = new EventSource("/_simulator/events");
events.addEventListener("change", load);
events.addEventListener("error", lost);
