import type { Page } from "@playwright/test";
import { expect } from "../fixtures";
import type { Credentials, Simulator } from "../simulator";

/** A number that nobody uses, and one that serves something else, as people write them. */
export const FREE = "+1 415-555-0100";
export const USED = "+44 20 7183 8750";

/** A simulated account with both. */
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

/** Types the pair and presses Verify. */
export async function verify(page: Page, account: Credentials): Promise<void> {
  await page.goto("/twilio/setup/credentials");
  await page.getByRole("textbox", { name: "Account SID" }).fill(account.sid);
  await page.getByLabel("Auth Token", { exact: true }).fill(account.auth_token);
  await page.getByRole("button", { name: "Verify" }).click();
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
export async function disconnect(page: Page): Promise<void> {
  await page.getByText("Disconnect this account").click();
  await page.getByLabel(/^Type/).fill("disconnect");
  await page.getByRole("button", { name: "Disconnect", exact: true }).click();
}
