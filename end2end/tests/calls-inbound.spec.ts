import { MICROPHONE, expectToHear, installEars } from "../audio";
import { expect, test } from "../fixtures";
import {
  CALLER,
  CALLER_SHOWN,
  button,
  card,
  connectLine,
  expectEnded,
  expectLegToHear,
  expectSaid,
  legTo,
  newLine,
  openPhone,
  row,
  status,
} from "./phone";

test.beforeEach(async ({ page, signUp }) => {
  test.slow();
  await installEars(page);
  await signUp();
});

test("a call rings in the browser, both sides hear each other, and it is listed", async ({
  page,
  simulator,
  shoot,
  expectNoViolations,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const focused = await page.evaluate(() => document.activeElement?.tagName);

  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 700 } });
  await expect(card(page, CALLER_SHOWN)).toBeVisible();
  await expect(button(page, "Answer")).toBeVisible();
  await expect(page).toHaveTitle(/415-555-0142/);
  expect(await page.evaluate(() => document.activeElement?.tagName), "the focus stays").toBe(focused);
  await shoot(page, "phone-incoming");
  await expectNoViolations(page);

  await button(page, "Answer").click();
  await expect(status(page)).toContainText(/\d:\d\d/);
  await expectToHear(page, 700);
  await expectLegToHear(simulator, sid, MICROPHONE);
  await shoot(page, "phone-in-call");
  await expectNoViolations(page);

  await button(page, "End call").click();
  await expectEnded(simulator, sid, "completed");
  await expect(status(page)).toContainText("Ready");
  await page.goto("/calls");
  await expect(row(page, CALLER_SHOWN)).toContainText("Incoming, Answered");
});

test("the caller hangs up while it rings: the call was missed", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const sid = await simulator.call(line.sid, CALLER, line.number);
  await expect(button(page, "Answer")).toBeVisible();
  await simulator.hangUp(sid);
  await expect(button(page, "Answer")).toBeHidden();
  await expect(row(page, CALLER_SHOWN)).toContainText("Missed");
});

test("declined, the caller leaves a message, which is played in place", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 650 }, hangs_up_after_ms: 14_000 });
  await button(page, "Decline").click();
  await expectEnded(simulator, sid, "completed");
  await page.goto("/calls");
  await expect(row(page, CALLER_SHOWN)).toContainText(/Voicemail/);
  await row(page, CALLER_SHOWN).getByRole("link", { name: /details|open/i }).click();
  const audio = page.locator("audio");
  await expect(audio).toBeVisible();
  const seconds = await audio.evaluate(async (element: HTMLAudioElement) => {
    element.preload = "auto";
    await element.play();
    await new Promise((resolve) => element.addEventListener("timeupdate", resolve, { once: true }));
    element.currentTime = element.duration / 2;
    await new Promise((resolve) => element.addEventListener("seeked", resolve, { once: true }));
    return element.duration;
  });
  expect(seconds).toBeGreaterThan(1);
});

test("nobody has the phone open: the caller gets to the voicemail at once", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 650 }, hangs_up_after_ms: 12_000 });
  await expectEnded(simulator, sid, "completed");
  const legs = (await simulator.calls()).filter(({ parent_call_sid }) => parent_call_sid === sid);
  expect(legs, "no browser was rung").toEqual([]);
  await page.goto("/calls");
  await expect(row(page, CALLER_SHOWN)).toContainText(/Voicemail/);
});

test("unanswered, it is forwarded to the user's other phone", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const other = "+14155550161";
  await simulator.script(other, { rings_ms: 300, behaviour: "answer", sound: { tone: 820 } });
  const answer = await page.request.post("/settings/calls", {
    form: { no_answer: "forward", forward_to: other, ring_seconds: "5" },
    headers: { accept: "application/json" },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 700 } });
  const leg = await legTo(simulator, other);
  await expectLegToHear(simulator, leg.sid, 700);
  await expectLegToHear(simulator, sid, 820);
  await simulator.hangUp(sid);
  await expectEnded(simulator, sid, "completed");
});

test("a second caller waits on a card of his own while the first is spoken to", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const first = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 700 } });
  await button(page, "Answer").click();
  await expectToHear(page, 700);
  await simulator.call(line.sid, "+14155550143", line.number, { sound: { tone: 900 } });
  await expect(card(page, "+1 415-555-0143")).toBeVisible();
  await button(page, "Decline").click();
  await expect(card(page, "+1 415-555-0143")).toBeHidden();
  await expectToHear(page, 700);
  await simulator.hangUp(first);
  await expect(status(page)).toContainText("Ready");
});

test("a menu leads callers by the keys they press", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const answer = await page.request.post("/settings/calls/menu", {
    form: {
      menu_on: "true",
      greeting: "Press one for the bakery.",
      key_1_action: "ring",
      key_2_action: "say",
      key_2_text: "We open at seven.",
    },
    headers: { accept: "application/json" },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 700 } });
  await expectSaid(simulator, sid, "Press one");
  await simulator.press(sid, "9");
  await expectSaid(simulator, sid, "that key does nothing");
  await expectSaid(simulator, sid, "Press one", 2);
  await simulator.press(sid, "2");
  await expectSaid(simulator, sid, "We open at seven");
  await expectSaid(simulator, sid, "Press one", 3);
  await simulator.press(sid, "1");
  await expect(button(page, "Answer")).toBeVisible({ timeout: 15_000 });
  await button(page, "Answer").click();
  await expectToHear(page, 700);
  await simulator.hangUp(sid);
  await expect(status(page)).toContainText("Ready");
});
