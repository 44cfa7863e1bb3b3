import type { Page } from "@playwright/test";
import { expect } from "../fixtures";
import type { Credentials, Simulator } from "../simulator";

/** A number that nobody uses, and one that serves something else, as people write them. */
export const FREE = "+1 415-555-0100";
export const USED = "+44 20 7183 8750";

/** A token that opens nothing. */
export const WRONG_TOKEN = "0".repeat(32);

/** What Twilio answers when it is not well. */
export const UNAVAILABLE = { status: { status: 503, code: 20503, message: "Service Unavailable" } };

/** A simulated account with both numbers. */
export interface Account extends Credentials {
  free: string;
  used: string;
}

export async function newAccount(simulator: Simulator, seed: Record<string, unknown> = {}): Promise<Account> {
  const account = await simulator.addAccount({ friendly_name: "Corner Bakery", ...seed });
  const free = await simulator.addNumber(account.sid, { phone_number: "+14155550100", friendly_name: "Front desk" });
  const used = await simulator.addNumber(account.sid, {
    phone_number: "+442071838750",
    friendly_name: "London",
    voice_url: "https://old.example.com/voice",
    sms_url: "https://old.example.com/sms",
  });
  return { ...account, free, used };
}

export const accountSid = (page: Page) => page.getByRole("textbox", { name: "Account SID" });
export const authToken = (page: Page) => page.getByLabel("Auth Token", { exact: true });
export const alert = (page: Page, text: string | RegExp) => page.getByRole("alert").filter({ hasText: text });
/** A line of the checklist. */
export const step = (page: Page, name: string) => page.getByRole("listitem").filter({ hasText: name });

/** Types the pair and presses Verify. */
export async function enter(page: Page, account: Credentials): Promise<void> {
  await page.goto("/twilio/setup/credentials");
  await accountSid(page).fill(account.sid);
  await authToken(page).fill(account.auth_token);
  await page.getByRole("button", { name: "Verify" }).click();
}

/** The same with a pair that is right: up to the choice of a number. */
export async function verify(page: Page, account: Credentials): Promise<void> {
  await enter(page, account);
  await expect(page.getByRole("heading", { name: "Choose a number" })).toBeVisible();
}

/** Chooses a number and presses Save. */
export async function save(page: Page, number: string): Promise<void> {
  await page.getByRole("radio", { name: number }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
}

/** From nothing to connected. */
export async function connect(page: Page, account: Credentials, number = FREE): Promise<void> {
  await verify(page, account);
  await save(page, number);
  await expectConnected(page, number);
}

export async function expectConnected(page: Page, number: string): Promise<void> {
  await expect(page.getByRole("heading", { name: number, level: 2 })).toBeVisible();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
}

/** Confirms and disconnects. */
export async function disconnect(page: Page, confirmation = "disconnect"): Promise<void> {
  await page.getByText("Disconnect this account").click();
  await page.getByLabel(/^Type/).fill(confirmation);
  await page.getByRole("button", { name: "Disconnect", exact: true }).click();
}

/** The page's source has no more of a secret than its last four characters. */
export async function expectNoSecret(page: Page, ...secrets: string[]): Promise<void> {
  const source = await page.content();
  for (const secret of secrets) expect(source.includes(secret), `a secret on ${page.url()}`).toBe(false);
}
