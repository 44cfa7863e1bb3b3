// The phone: a person calls one of the accounts' numbers, or is called at a number that waits for a person.
// Loaded before page.js, whose small functions it uses when it runs.
"use strict";

const KEYS = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""],
];
const OVER = ["completed", "busy", "failed", "no-answer", "canceled"];
const isOver = (call) => OVER.includes(call.status);
const WORDS = {
  queued: "Waiting", ringing: "Ringing", "in-progress": "In a call", completed: "Ended", busy: "Busy",
  failed: "Failed", "no-answer": "No answer", canceled: "Canceled",
};
const KIND = { "in-progress": "good", ringing: "accent", queued: "accent", failed: "bad", busy: "warn", "no-answer": "warn" };

/** The call that was made here last, and the one that the phone shows. */
let placed = null;
let onPhone = null;
let pressed = "";

const party = (address) => address.replace(/^client:/, "Browser ") || "Browser";
const state = (call) => badge(WORDS[call.status] ?? call.status, KIND[call.status] ?? "");

function command(path, body) {
  return send("POST", `/calls/${onPhone.sid}/${path}`, body).catch(lost);
}

function setUpPhone() {
  const form = document.getElementById("dial");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [account, to] = form.elements.to.value.split(" ");
    const sound = { echo: "echo", silence: "silence", tone: { tone: 440 } }[form.elements.sound.value];
    try {
      const answer = await fetch(`/_simulator/accounts/${account}/calls`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ from: form.elements.from.value.replace(/[\s().-]/g, ""), to, phone: { sound } }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      placed = (await answer.json()).call_sid;
      pressed = "";
      await load();
    } catch {
      document.getElementById("dial-error").textContent = "The call could not be placed.";
    }
  });
  const pad = document.getElementById("pad");
  for (const [key, letters] of KEYS) {
    const button = make("button", { type: "button", className: "key", "aria-label": `Key ${key === "*" ? "star" : key === "#" ? "hash" : key}` },
      make("b", {}, key), make("small", {}, letters));
    button.addEventListener("click", () => {
      pressed += key;
      document.getElementById("pressed").textContent = pressed;
      command("digits", { digits: key });
    });
    pad.append(button);
  }
  document.getElementById("answer").addEventListener("click", () => command("answer"));
  document.getElementById("decline").addEventListener("click", () => command("decline"));
  document.getElementById("hang-up").addEventListener("click", () => command("hangup"));
  setInterval(tick, 500);
}

function tick() {
  const timer = document.getElementById("timer");
  if (!onPhone?.answered || isOver(onPhone)) return;
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(onPhone.answered)) / 1000));
  timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Which numbers can be called: those of the accounts that ring somewhere come first. */
function callees(accounts) {
  const select = document.getElementById("dial").elements.to;
  const numbers = accounts.flatMap(({ account: it }) => Object.values(it.numbers).map((number) => ({
    value: `${it.sid} ${number.phone_number}`,
    text: `${number.phone_number} · ${it.friendly_name}`,
    rings: Boolean(number.voice_application_sid || number.voice_url),
  })));
  numbers.sort((a, b) => Number(b.rings) - Number(a.rings));
  const key = JSON.stringify(numbers);
  if (select.dataset.shown === key) return;
  select.dataset.shown = key;
  const before = select.value;
  select.replaceChildren(...numbers.map(({ value, text, rings }) =>
    make("option", { value }, rings ? text : `${text} (nothing answers it)`)));
  if (numbers.some(({ value }) => value === before)) select.value = before;
}

function showPhone({ accounts, calls, phones }) {
  callees(accounts);
  const waitsForPerson = (call) => call.direction !== "inbound" && phones[call.to]?.behaviour === "manual";
  const own = calls.find((call) => call.sid === placed && !isOver(call));
  const incoming = calls.find((call) => waitsForPerson(call) && !isOver(call));
  const last = onPhone && calls.find((call) => call.sid === onPhone.sid);
  const now = own ?? incoming ?? null;
  if (now?.sid !== onPhone?.sid && now) pressed = "";
  onPhone = now ?? last ?? null;
  const live = Boolean(now);
  const rings = live && now === incoming && now.status === "ringing";
  const byId = (id) => document.getElementById(id);
  byId("dial").hidden = live;
  byId("in-call").hidden = !live;
  byId("answer").hidden = byId("decline").hidden = !rings;
  byId("hang-up").hidden = rings;
  byId("pad").hidden = rings;
  for (const key of byId("pad").children) key.disabled = now?.status !== "in-progress";
  byId("pressed").textContent = pressed;
  if (!live) {
    byId("phone-last").textContent = last ? `${party(last === incoming ? last.from : last.to)}: ${WORDS[last.status]}` : "";
    return;
  }
  byId("phone-who").textContent = party(now === own ? now.to : now.from);
  byId("phone-state").textContent = rings ? "is calling you" : WORDS[now.status];
  if (!now.answered) byId("timer").textContent = "";
  tick();
  const said = byId("said");
  const texts = JSON.stringify(now.said);
  if (said.dataset.shown !== texts) {
    said.dataset.shown = texts;
    said.replaceChildren(...now.said.map((text) => make("li", {}, text)));
    said.scrollTop = said.scrollHeight;
  }
}

// All calls

function leg(call, legs) {
  const made = call.direction === "outbound-dial" ? "leg of the call above" : call.direction === "inbound" ? "incoming" : "made over REST";
  const length = call.duration === null ? "" : ` · ${call.duration} s`;
  const documents = call.documents.map(({ url, twiml }) => make("div", { className: "document" },
    make("code", { className: "sub" }, url || "with the REST request"), make("pre", {}, twiml)));
  const details = documents.length
    ? make("details", { open: opened.has(call.sid) },
      make("summary", {}, `TwiML (${documents.length})`), ...documents)
    : null;
  details?.addEventListener("toggle", () => (details.open ? opened.add(call.sid) : opened.delete(call.sid)));
  const end = make("button", { type: "button", className: "quiet", "aria-label": `Hang up ${party(call.to)}` }, "Hang up");
  end.dataset.key = `hang up ${call.sid}`;
  end.addEventListener("click", () => send("POST", `/calls/${call.sid}/hangup`).catch(lost));
  return make("li", { className: "call" },
    make("div", {}, make("strong", {}, `${party(call.from)} → ${party(call.to)}`),
      make("span", { className: "sub" }, `${new Date(call.created).toLocaleTimeString()} · ${made}${length} · `, make("code", {}, call.sid))),
    make("div", { className: "actions" }, call.hold ? badge("On hold", "warn") : null, state(call), isOver(call) ? null : end),
    call.doing && !isOver(call) ? make("p", { className: "doing" }, call.doing) : null,
    ...call.said.slice(-4).map((text) => make("p", { className: "bubble" }, text)),
    ...call.notices.map(({ code, message }) => make("p", { className: "fault" }, `${code}: ${message}`)),
    details,
    legs.length ? make("ul", { className: "rows" }, ...legs.map((one) => leg(one, []))) : null);
}

const opened = new Set();
let shownCalls = "";

function showCalls({ calls }) {
  const key = JSON.stringify(calls);
  if (key === shownCalls) return;
  shownCalls = key;
  const known = new Set(calls.map((call) => call.sid));
  const roots = calls.filter((call) => !known.has(call.parent_call_sid));
  document.getElementById("calls").replaceChildren(...(roots.length
    ? [make("ul", { className: "rows" }, ...roots.map((call) =>
      leg(call, calls.filter((one) => one.parent_call_sid === call.sid).reverse())))]
    : [make("p", { className: "empty" }, "No calls yet.")]));
}

// Webhooks

const KNOBS = [
  ["Twice", "duplicate", true, false],
  ["Out of order", "reorder", true, false],
  ["2 s late", "delay_ms", 2000, 0],
  ["Lose the end", "drop_status", ["completed"], []],
];

function showWebhooks({ webhooks, webhook_settings: settings }) {
  const isOn = (name, on) => JSON.stringify(settings[name]) === JSON.stringify(on);
  document.getElementById("knobs").replaceChildren(...KNOBS.map(([label, name, on, off]) => {
    const button = make("button", { type: "button", "aria-pressed": String(isOn(name, on)) }, label);
    button.dataset.key = `knob ${name}`;
    button.addEventListener("click", () => send("PATCH", "/webhooks", { [name]: isOn(name, on) ? off : on }).catch(lost));
    return button;
  }));
  const heading = (text) => make("th", { scope: "col" }, text);
  const rows = webhooks.map((it) => {
    const answer = it.dropped ? "Lost" : it.status ?? (it.error ? "No answer" : "Running");
    const kind = it.status && it.status < 400 ? "good" : it.status || it.error ? "bad" : "warn";
    const wanted = ["CallStatus", "DialCallStatus", "Digits", "RecordingStatus", "StatusCallbackEvent", "MessageStatus", "ErrorCode", "Body"];
    const told = it.params.filter(([name]) => wanted.includes(name)).map(([name, value]) => `${name}=${value}`).join("  ");
    const again = it.attempt > 1 ? `attempt ${it.attempt}` : it.duplicate ? "the same again" : null;
    return make("tr", {},
      make("td", {}, make("time", { dateTime: it.time }, new Date(it.time).toLocaleTimeString())),
      make("td", {}, badge(String(answer), kind)),
      make("td", {}, make("code", {}, it.method)),
      make("td", {}, make("code", {}, it.url), told ? sub(told) : null, it.error ? sub(it.error) : null, again ? sub(again) : null));
  });
  document.getElementById("webhooks").replaceChildren(rows.length
    ? make("table", {}, make("thead", {}, make("tr", {}, ...["Time", "Answer", "Method", "Request"].map(heading))),
      make("tbody", {}, ...rows))
    : make("p", { className: "empty" }, "None yet. A call or a text makes some."));
}
