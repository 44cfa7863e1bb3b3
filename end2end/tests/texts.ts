import { type Page, expect } from "@playwright/test";
import type { Simulator } from "../simulator";
import type { Line } from "./phone";

/** Somebody with a phone on the simulated network; each test has its own, so that threads do not mix. */
export const FRIEND = "+14155550143";
export const FRIEND_SHOWN = "+1 415-555-0143";

export const main = (page: Page) => page.getByRole("main");
export const nav = (page: Page) => page.getByRole("navigation", { name: "Main" });
/** A thread in the list. */
export const thread = (page: Page, who: string) => main(page).getByRole("listitem").filter({ hasText: who });
/** A text or a call within a thread. */
export const entry = (page: Page, text: string | RegExp) => main(page).getByRole("listitem").filter({ hasText: text });
export const body = (page: Page) => main(page).getByRole("textbox", { name: /^Write to/ });
export const send = (page: Page) => main(page).getByRole("button", { name: "Send", exact: true });

export const threadPath = (number: string) => `/messages/${number}`;

/** Somebody texts the line; waits until Sniko has it. */
export async function textFrom(page: Page, simulator: Simulator, line: Line, from: string, text: string): Promise<void> {
  await simulator.text(line.sid, from, line.number, text);
  await expect
    .poll(async () => (await page.request.get(`/api/messages?peer=${encodeURIComponent(from)}`)).text(), {
      message: "the text has come in",
      timeout: 15_000,
    })
    .toContain(text);
}

/** The texts that the simulated network has taken for a phone. */
export async function received(simulator: Simulator, to: string, text: string): Promise<number> {
  const { length } = (await simulator.messages()).filter((one) => one.to === to && one.body === text);
  return length;
}
