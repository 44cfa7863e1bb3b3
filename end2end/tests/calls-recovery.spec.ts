import { MICROPHONE, expectToHear, installEars } from "../audio";
import { expect, test } from "../fixtures";
import {
  CALLER,
  NETWORK_ERRORS,
  button,
  connectLine,
  dial,
  expectLegToHear,
  legTo,
  newLine,
  openPhone,
  phone,
  status,
} from "./phone";

test.beforeEach(async ({ page, signUp }) => {
  test.slow();
  await installEars(page);
  await signUp();
});

test("following links keeps the call and its sound", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  await dial(page, "+14155550199");
  await expectToHear(page, MICROPHONE);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL(/\/twilio\/setup/);
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expectToHear(page, MICROPHONE);
  await page.goBack();
  await expect(page).toHaveURL(/\/calls/);
  await expectToHear(page, MICROPHONE);
  await button(page, "End call").click();
  await expect(status(page)).toContainText("Ready");
});

test("a token is renewed in time, and a call does not notice", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await simulator.tokenLife(40);
  try {
    await openPhone(page);
    await dial(page, "+14155550199");
    await expectToHear(page, MICROPHONE);
    await page.waitForResponse((answer) => answer.url().includes("/twilio/token"), { timeout: 45_000 });
    await expectToHear(page, MICROPHONE);
    await button(page, "End call").click();
    await expect(status(page)).toContainText("Ready");
  } finally {
    await simulator.tokenLife(null);
  }
});

test("the signalling connection breaks while idle and comes back", async ({ page, simulator, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  await simulator.dropSignalling({ refuse_ms: 8_000 });
  await expect(status(page)).not.toContainText("Ready");
  await expect(status(page)).toContainText("Ready", { timeout: 20_000 });
  await simulator.registered(line.sid);
  await simulator.call(line.sid, CALLER, line.number);
  await expect(button(page, "Answer")).toBeVisible();
  await button(page, "Decline").click();
});

test("the signalling connection breaks in a call and comes back, the sound goes on", async ({ page, simulator, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const callee = "+14155550171";
  await simulator.script(callee, { rings_ms: 200, behaviour: "answer", sound: { tone: 870 } });
  await dial(page, callee);
  await expectToHear(page, 870);
  const leg = await legTo(simulator, callee);
  await simulator.dropSignalling({ refuse_ms: 1_000 });
  await expect(status(page)).toContainText("Reconnecting");
  await expect(status(page)).toContainText(/\d:\d\d/);
  await expectToHear(page, 870);
  await expectLegToHear(simulator, leg.sid, MICROPHONE);
  await button(page, "End call").click();
  await expect(status(page)).toContainText("Ready");
});

test("audio that freezes is noticed and said", async ({ page, simulator, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  await dial(page, "+14155550199");
  await expectToHear(page, MICROPHONE);
  try {
    await simulator.shape({ freeze: true });
    await expect(phone(page)).toContainText(/no audio|reconnecting/i, { timeout: 30_000 });
  } finally {
    await simulator.shape({});
  }
  await expectToHear(page, MICROPHONE);
  await button(page, "End call").click();
});

test("after sleep the phone comes back by itself", async ({ page, simulator, context, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await simulator.dropSignalling();
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await expect(status(page)).toContainText("Ready", { timeout: 20_000 });
  await simulator.registered(line.sid);
  await simulator.call(line.sid, CALLER, line.number);
  await expect(button(page, "Answer")).toBeVisible();
  await button(page, "Decline").click();
});

test("without a network it is offline, and back it is ready", async ({ page, simulator, context, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  await context.setOffline(true);
  await simulator.dropSignalling({ refuse_ms: 1_000 });
  await expect(status(page)).toContainText(/Offline|Connecting/, { timeout: 20_000 });
  await context.setOffline(false);
  await expect(status(page)).toContainText("Ready", { timeout: 30_000 });
});

test("one tab has the phone, the others show it and can use it; it moves when that tab closes", async ({
  page,
  simulator,
  context,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await openPhone(page);
  const second = await context.newPage();
  await installEars(second);
  await second.goto("/calls");
  await expect(status(second)).toContainText(/another tab/i);
  const sid = await simulator.call(line.sid, CALLER, line.number, { sound: { tone: 700 } });
  await expect(button(page, "Answer")).toBeVisible();
  await button(second, "Answer").click();
  await expectToHear(page, 700);
  await expect(status(second)).toContainText(/\d:\d\d/);
  await button(second, "End call").click();
  await expect(status(page)).toContainText("Ready");
  await expect.poll(async () => (await simulator.calls()).find((call) => call.sid === sid)?.status).toBe("completed");
  await page.close();
  await expect(status(second)).toContainText("Ready", { timeout: 15_000 });
});

test("a revoked key is told in words", async ({ page, simulator, expectedErrors }) => {
  expectedErrors.push(...NETWORK_ERRORS);
  const line = await newLine(simulator);
  await connectLine(page, line);
  const { keys } = await simulator.account(line.sid);
  const [key] = Object.keys(keys);
  if (!key) throw new Error("no key was made");
  await simulator.deleteKey(key);
  await page.goto("/calls");
  await expect(phone(page)).toContainText(/did not accept/i, { timeout: 20_000 });
});
