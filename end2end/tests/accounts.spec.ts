import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { alert } from "./twilio";

const PASSWORD = "correct horse battery";

/** Fills in the form of sign-up or sign-in and sends it. */
async function send(page: Page, button: string, email: string, password: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: button }).click();
}

test("the front door, sign-up, sign-out and sign-in", async ({ page, shoot, expectNoViolations }) => {
  test.slow();
  await page.goto("/");
  await expectNoViolations(page);
  await shoot(page, "home");
  await page.getByRole("main").getByRole("link", { name: "Create account" }).click();
  await expect(page).toHaveURL("/sign-up");
  await expectNoViolations(page);
  await shoot(page, "sign-up");
  const email = `${crypto.randomUUID()}@example.com`;
  await send(page, "Create account", email, PASSWORD);
  await expect(page).toHaveURL("/twilio/setup");
  await expect(page.getByText(email)).toBeVisible();

  await page.goto("/");
  await expectNoViolations(page);
  await shoot(page, "overview");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");

  await page.goto("/settings/sessions");
  await expect(page).toHaveURL("/sign-in?next=%2Fsettings%2Fsessions");
  await send(page, "Sign in", email, "wrong horse battery");
  await expect(alert(page, "The e-mail address or the password is wrong.")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "sign-in-refused");
  await send(page, "Sign in", email, PASSWORD);
  await expect(page).toHaveURL("/settings/sessions");
});

test("signing up says what is wrong", async ({ page, signUp }) => {
  const user = await signUp();
  await page.context().clearCookies();
  await page.goto("/sign-up");
  await send(page, "Create account", user.email, PASSWORD);
  await expect(alert(page, "There is an account with this e-mail address already.")).toBeVisible();
  // The browser refuses what is too short itself; the server says so to whoever gets past it.
  await page.locator("form").evaluate((form: HTMLFormElement) => form.setAttribute("novalidate", ""));
  await page.getByLabel("Password", { exact: true }).evaluate((field) => field.removeAttribute("minlength"));
  await send(page, "Create account", `${crypto.randomUUID()}@example.com`, "short");
  await expect(alert(page, "Choose a password of at least 12 characters.")).toBeVisible();
});

test("another browser is signed out from the list of sessions", async ({
  page,
  browser,
  baseURL,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const user = await signUp();
  const others = [await browser.newContext({ baseURL }), await browser.newContext({ baseURL })];
  for (const { request } of others) {
    const signedIn = await request.post("/auth/sign-in", { form: { ...user }, headers: { accept: "application/json" } });
    expect(signedIn.status()).toBe(200);
  }

  await page.goto("/settings/sessions");
  await expect(page.getByText("This browser")).toBeVisible();
  const ends = page.getByRole("main").getByRole("button", { name: "Sign out", exact: true });
  await expect(ends).toHaveCount(2);
  await expectNoViolations(page);
  await shoot(page, "sessions");
  await ends.first().click();
  await expect(ends).toHaveCount(1);
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await expect(ends).toHaveCount(0);
  await expect(page.getByText("This browser")).toBeVisible();
  for (const other of others) {
    expect((await other.request.get("/twilio/credentials")).status()).toBe(401);
    await other.close();
  }
});

test("an address where nothing is", async ({ page, shoot, expectNoViolations, expectedErrors }) => {
  // The browser itself reports the page's own status.
  expectedErrors.push("404");
  const answer = await page.goto("/nothing/here");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "not-found");
});
