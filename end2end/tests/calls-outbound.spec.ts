import { MICROPHONE, expectToHear, heard, installEars } from "../audio";
import { expect, test } from "../fixtures";
import {
  button,
  connectLine,
  dial,
  expectEnded,
  expectLegNotToHear,
  expectLegToHear,
  legTo,
  newLine,
  numberField,
  openPhone,
  phone,
  row,
  status,
} from "./phone";

test.beforeEach(async ({ page, signUp }) => {
  test.slow();
  await installEars(page);
  await signUp();
});

test("a call goes out, both sides hear each other; keys, mute, hold and transfer work", async ({
  page,
  simulator,
  shoot,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const callee = "+14155550151";
  await simulator.script(callee, { rings_ms: 800, behaviour: "answer", sound: { tone: 900 } });
  await dial(page, "(415) 555-0151");
  await expect(status(page)).toContainText(/Calling|Ringing/);
  const leg = await legTo(simulator, callee);
  expect(leg.from, "the caller's number is the user's own").toBe(line.number);
  await expect(status(page)).toContainText(/\d:\d\d/);
  await expectToHear(page, 900);
  await expectLegToHear(simulator, leg.sid, MICROPHONE);

  await button(page, "Keypad").click();
  for (const key of ["1", "2", "# hash"]) await button(page, key).click();
  await expect.poll(async () => (await simulator.leg(leg.sid)).digits_heard).toBe("12#");
  await button(page, "Keypad").click();

  await button(page, "Mute").click();
  await expectLegNotToHear(simulator, leg.sid, MICROPHONE);
  await button(page, "Unmute").click();
  await expectLegToHear(simulator, leg.sid, MICROPHONE);

  await button(page, "Hold").click();
  await expect(status(page)).toContainText("On hold");
  await expectLegNotToHear(simulator, leg.sid, MICROPHONE);
  await expect.poll(async () => Math.abs((await heard(page)).hz - 900) > 25).toBe(true);
  await shoot(page, "phone-on-hold");
  await button(page, "Resume").click();
  await expectToHear(page, 900);
  await expectLegToHear(simulator, leg.sid, MICROPHONE);

  const third = "+14155550152";
  await simulator.script(third, { rings_ms: 300, behaviour: "answer", sound: { tone: 1100 } });
  await button(page, "Transfer").click();
  await phone(page).getByRole("textbox", { name: /transfer/i }).fill("+1 415 555 0152");
  await phone(page).getByRole("button", { name: /transfer (the )?call|transfer now/i }).click();
  const other = await legTo(simulator, third);
  await expect(status(page)).toContainText("Ready");
  await expectLegToHear(simulator, other.sid, 900);
  await expectLegToHear(simulator, leg.sid, 1100);
  await simulator.hangUp(other.sid);
});

for (const [behaviour, digits, words, ended] of [
  ["busy", "0157", /busy/i, "busy"],
  ["no_answer", "0158", /no answer|did not answer|nobody answered/i, "no-answer"],
  ["fail", "0159", /could not|failed|not be reached/i, "failed"],
] as const) {
  test(`the other side: ${behaviour}, in words`, async ({ page, simulator }) => {
    const line = await newLine(simulator);
    await connectLine(page, line);
    await openPhone(page);
    const [callee, shown] = [`+1415555${digits}`, `+1 415-555-${digits}`];
    await simulator.script(callee, { rings_ms: 500, behaviour });
    await dial(page, callee);
    const leg = await legTo(simulator, callee);
    await expect(phone(page)).toContainText(words, { timeout: 45_000 });
    await expectEnded(simulator, leg.sid, ended);
    await page.goto("/calls");
    await expect(row(page, shown)).toContainText(words);
  });
}

test("numbers that may not be called say why before anything is dialled", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  await numberField(page).fill("+1 900 555 0100");
  await expect(phone(page)).toContainText(/premium|can.t be called|cannot be called/i);
  await numberField(page).fill("(415) 555-0199");
  await expect(phone(page)).toContainText("+1 415-555-0199");
  await expect(phone(page)).toContainText(/United States/);
});

test("a click on Call makes no request before it rings", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const callee = "+14155550154";
  await simulator.script(callee, { rings_ms: 3_000, behaviour: "answer", sound: "echo" });
  await numberField(page).fill(callee);
  await expect(phone(page)).toContainText("+1 415-555-0154");
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await button(page, "Call").click();
  await expect(status(page)).toContainText("Ringing");
  expect(requests.filter((url) => !url.endsWith(".wav") && !url.endsWith("/phone/presence"))).toEqual([]);
  await button(page, "End call").click();
  await expect(status(page)).toContainText("Ready");
});

test("the server rings the browser first, then the other side", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const callee = "+14155550155";
  await simulator.script(callee, { rings_ms: 300, behaviour: "answer", sound: { tone: 980 } });
  const once = () =>
    page.request.post("/api/calls", {
      form: { to: callee },
      headers: { accept: "application/json", "idempotency-key": "the-same" },
    });
  const [answer, again] = [await once(), await once()];
  expect(answer.status()).toBe(202);
  const call = await answer.json();
  expect((await again.json()).id).toBe(call.id);
  await button(page, "Answer").click();
  await expectToHear(page, 980);
  await button(page, "End call").click();
  await expect
    .poll(async () => (await (await page.request.get(`/api/calls/${call.id}`)).json()).status)
    .toBe("completed");
});

test("calls are recorded where the user wants it, a side a channel", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await page.request.post("/settings/calls", { form: { recording: "on" }, headers: { accept: "application/json" } });
  await openPhone(page);
  const callee = "+14155550156";
  await simulator.script(callee, { rings_ms: 300, behaviour: "answer", sound: { tone: 860 } });
  await dial(page, callee);
  await expectToHear(page, 860);
  await page.waitForTimeout(1_500);
  await button(page, "End call").click();
  await expect
    .poll(async () => {
      const { items } = await (await page.request.get("/api/calls")).json();
      return items[0].recordings[0]?.status;
    })
    .toBe("completed");
  const { items } = await (await page.request.get("/api/calls")).json();
  const recording = items[0].recordings[0];
  expect(recording.channels).toBe(2);
  const part = await page.request.get(`/api/recordings/${recording.id}/audio`, { headers: { range: "bytes=0-43" } });
  expect(part.status()).toBe(206);
  expect((await part.body()).subarray(0, 4).toString()).toBe("RIFF");
  const deleted = await page.request.delete(`/api/recordings/${recording.id}`);
  expect(deleted.ok()).toBe(true);
  await expect
    .poll(async () => (await page.request.get(`/api/recordings/${recording.id}/audio`)).status())
    .toBe(404);
});
