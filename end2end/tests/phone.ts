import { type Page, expect } from "@playwright/test";
import { randomInt } from "node:crypto";
import type { Credentials, SimulatedCall, Simulator } from "../simulator";

/** Somebody on the phone network. */
export const CALLER = "+14155550142";
export const CALLER_SHOWN = "+1 415-555-0142";

/** A simulated account whose one number nobody else has. */
export interface Line extends Credentials {
  number: string;
  numberSid: string;
}

export async function newLine(simulator: Simulator): Promise<Line> {
  const account = await simulator.addAccount({ friendly_name: "Corner Bakery" });
  const number = `+1415555${randomInt(1000, 10_000)}`;
  const numberSid = await simulator.addNumber(account.sid, { phone_number: number });
  return { ...account, number, numberSid };
}

/** Connects without the wizard, which has tests of its own. */
export async function connectLine(page: Page, line: Line): Promise<void> {
  const answer = await page.request.post("/twilio/credentials", {
    form: { account_sid: line.sid, auth_token: line.auth_token, phone_number_sid: line.numberSid },
    headers: { accept: "application/json" },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

export const phone = (page: Page) => page.getByRole("region", { name: "Phone", exact: true });
/** The line that is always there: the phone's state in a word, or the call's. */
export const status = (page: Page) => phone(page).getByRole("button", { name: /^Phone:/ });
/** The card of a call that rings or waits. */
export const card = (page: Page, who: string) => phone(page).getByRole("group", { name: `call from ${who}` });
export const button = (page: Page, name: string | RegExp) => phone(page).getByRole("button", { name, exact: true });
export const numberField = (page: Page) => phone(page).getByRole("textbox", { name: "Number to call" });

/** Opens a page, and waits until the phone can ring. */
export async function openPhone(page: Page, path = "/calls"): Promise<void> {
  // Only then the server rings it.
  const told = page.waitForResponse((answer) => answer.url().endsWith("/phone/presence") && answer.ok());
  await page.goto(path);
  await expect(status(page)).toContainText("Ready", { timeout: 15_000 });
  await told;
  if (!(await numberField(page).isVisible())) await status(page).click();
}

/** Types a number and calls it. */
export async function dial(page: Page, number: string): Promise<void> {
  await numberField(page).fill(number);
  await button(page, "Call").click();
}

/** The newest call that matches, once there is one. */
export async function call(
  simulator: Simulator,
  matches: (call: SimulatedCall) => boolean,
): Promise<SimulatedCall> {
  let found: SimulatedCall | undefined;
  await expect
    .poll(async () => (found = (await simulator.calls()).findLast(matches)), { message: "the simulator has the call" })
    .toBeTruthy();
  if (!found) throw new Error("no such call");
  return found;
}

/** The leg that rang a number. */
export const legTo = (simulator: Simulator, number: string) =>
  call(simulator, ({ to, parent_call_sid }) => to === number && parent_call_sid !== null);

/** One end of a call, once it was answered. */
const answered = (simulator: Simulator, sid: string) => simulator.leg(sid).catch(() => undefined);

/** The row of the call log with somebody. */
export const row = (page: Page, who: string) => page.getByRole("main").getByRole("listitem").filter({ hasText: who });

/** What the Voice SDK and the browser write to the console when the network is away. */
export const NETWORK_ERRORS = ["[TwilioVoice]", "WebSocket connection to", "net::ERR_"];

/** Waits until one end of a call hears a tone. */
export async function expectLegToHear(simulator: Simulator, sid: string, hz: number): Promise<void> {
  await expect
    .poll(async () => Math.abs(((await answered(simulator, sid))?.ear.dominant_hz ?? 0) - hz) <= 25, {
      message: `${sid} hears ${hz} Hz`,
      timeout: 10_000,
    })
    .toBe(true);
}

/** Waits until one end of a call hears nothing of a tone. */
export async function expectLegNotToHear(simulator: Simulator, sid: string, hz: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const { ear } = await simulator.leg(sid);
        return ear.rms > 0.01 && Math.abs((ear.dominant_hz ?? 0) - hz) <= 25;
      },
      { message: `${sid} does not hear ${hz} Hz` },
    )
    .toBe(false);
}

/** Waits until a call is over in the simulator, and tells how. */
export async function expectEnded(simulator: Simulator, sid: string, how: string): Promise<void> {
  await expect
    .poll(async () => (await simulator.calls()).find((call) => call.sid === sid)?.status, { timeout: 30_000 })
    .toBe(how);
}

/** Waits until the caller was told something so many times. */
export async function expectSaid(simulator: Simulator, sid: string, words: string, times = 1): Promise<void> {
  await expect
    .poll(
      async () => {
        const said = (await simulator.calls()).find((call) => call.sid === sid)?.said ?? [];
        return said.filter((text) => text.includes(words)).length;
      },
      { message: `the caller hears “${words}”`, timeout: 20_000 },
    )
    .toBeGreaterThanOrEqual(times);
}
