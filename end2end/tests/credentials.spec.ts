import { expect, test } from "../fixtures";
import { newAccount, verify } from "./twilio";

// The browser itself reports refused requests.
test.use({ expectedErrors: async ({}, use) => use(["422", "502"]) });

test("malformed fields are named before anything is asked", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  await signUp();
  await page.goto("/twilio/setup");
  await page.getByRole("textbox", { name: "Account SID" }).fill("SK0123456789abcdef0123456789abcdef");
  await page.getByRole("textbox", { name: "Account SID" }).blur();
  await expect(page.getByRole("textbox", { name: "Account SID" })).toHaveAccessibleDescription(/API key/);
  await page.getByLabel("Auth Token", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByLabel("Auth Token", { exact: true })).toHaveAccessibleDescription(/at least 32/);
  await expect(page.getByRole("textbox", { name: "Account SID" })).toBeFocused();
  await expectNoViolations(page);
  await shoot(page, "setup-1-malformed");

  await page.getByRole("textbox", { name: "Account SID" }).fill(account.auth_token);
  await page.getByLabel("Auth Token", { exact: true }).fill(account.sid);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByRole("textbox", { name: "Account SID" })).toHaveAttribute("aria-invalid", "true");
  const asked = (await simulator.journal()).filter((entry) => JSON.stringify(entry).includes(account.sid));
  expect(asked).toEqual([]);
});

test("the token can be shown and hidden", async ({ page, signUp }) => {
  await signUp();
  await page.goto("/twilio/setup");
  const field = page.getByLabel("Auth Token", { exact: true });
  await expect(field).toHaveAttribute("type", "password");
  await page.getByRole("button", { name: /^Show/ }).click();
  await expect(field).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: /^Hide/ }).click();
  await expect(field).toHaveAttribute("type", "password");
});

test("a wrong pair, test credentials and a suspended account are told apart", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, { ...account, auth_token: "0".repeat(32) });
  await expect(page.getByRole("alert").filter({ hasText: "does not accept" })).toContainText("Twilio error 20003");
  await expectNoViolations(page);
  await shoot(page, "setup-1-wrong-pair");

  await verify(page, await simulator.addAccount({ test_credentials: true }));
  await expect(page.getByRole("alert").filter({ hasText: "test credentials" })).toBeVisible();

  await verify(page, await simulator.addAccount({ status: "suspended" }));
  await expect(page.getByRole("alert").filter({ hasText: "suspended" })).toBeVisible();
});

test("Twilio being away is said, and the next try works", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await signUp();
  const fault = await simulator.inject({
    path: `/Accounts/${account.sid}.json`,
    times: null,
    effect: { status: { status: 503, code: 20503, message: "Service Unavailable" } },
  });
  await verify(page, account);
  await expect(page.getByRole("alert").filter({ hasText: "Twilio could not be reached" })).toBeVisible();
  await simulator.removeFault(fault);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page).toHaveURL("/twilio/setup/number");
});
