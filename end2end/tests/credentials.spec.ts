import { expect, test } from "../fixtures";
import { accountSid, alert, authToken, enter, expectNoSecret, newAccount, UNAVAILABLE, WRONG_TOKEN } from "./twilio";

test.beforeEach(({ expectedErrors }) => {
  // The browser itself reports refused requests.
  expectedErrors.push("422", "502");
});

test("malformed fields are named before anything is asked", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await page.goto("/twilio/setup");
  await accountSid(page).fill("SK0123456789abcdef0123456789abcdef");
  await accountSid(page).blur();
  await expect(accountSid(page)).toHaveAccessibleDescription(/API key/);
  await authToken(page).fill("short");
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(authToken(page)).toHaveAccessibleDescription(/at least 32/);
  await expect(accountSid(page)).toBeFocused();
  await expectNoViolations(page);
  await shoot(page, "setup-1-malformed");

  // A fault goes at the key that mends it.
  await accountSid(page).fill(account.sid);
  await expect(accountSid(page)).not.toHaveAttribute("aria-invalid");

  await accountSid(page).fill(account.auth_token);
  await authToken(page).fill(account.sid);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(accountSid(page)).toHaveAccessibleDescription(/looks like the Auth Token/);
  await expect(authToken(page)).toHaveAccessibleDescription(/This is the Account SID/);
  const asked = (await simulator.journal()).filter((entry) => JSON.stringify(entry).includes(account.sid));
  expect(asked).toEqual([]);
});

test("a pasted pair may have blanks around it", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await signUp();
  await enter(page, { sid: ` ${account.sid}\t`, auth_token: `  ${account.auth_token} ` });
  await expect(page).toHaveURL("/twilio/setup/number");
});

test("the token can be shown and hidden", async ({ page, signUp }) => {
  await signUp();
  await page.goto("/twilio/setup");
  await expect(authToken(page)).toHaveAttribute("type", "password");
  await page.getByRole("button", { name: "Show Auth Token" }).click();
  await expect(authToken(page)).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Hide Auth Token" }).click();
  await expect(authToken(page)).toHaveAttribute("type", "password");
});

test("a wrong pair, test credentials and a suspended account are told apart", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await enter(page, { ...account, auth_token: WRONG_TOKEN });
  await expect(alert(page, "does not accept")).toContainText("Twilio error 20003");
  await expectNoViolations(page);
  await shoot(page, "setup-1-wrong-pair");

  const test_credentials = await simulator.addAccount({ test_credentials: true });
  await enter(page, test_credentials);
  await expect(alert(page, "test credentials")).toBeVisible();
  // Why stays for whoever comes back; the token does not.
  await page.reload();
  await expect(alert(page, "test credentials")).toBeVisible();
  await expect(accountSid(page)).toHaveValue(test_credentials.sid);
  await expectNoSecret(page, test_credentials.auth_token);

  await enter(page, await simulator.addAccount({ status: "suspended" }));
  await expect(alert(page, "suspended")).toBeVisible();
});

test("Twilio being away is said, and the next try works", async ({ page, simulator, signUp }) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  const path = `/Accounts/${account.sid}.json`;
  const away = await simulator.inject({ path, times: null, effect: UNAVAILABLE });
  await enter(page, account);
  await expect(alert(page, "Twilio could not be reached")).toBeVisible({ timeout: 20_000 });
  await simulator.removeFault(away);
  const limits = await simulator.inject({
    path,
    times: null,
    effect: { status: { status: 429, code: 20429, message: "Too Many Requests" } },
  });
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(alert(page, "limiting requests")).toBeVisible({ timeout: 20_000 });
  await simulator.removeFault(limits);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page).toHaveURL("/twilio/setup/number");
});

test("without a network the page says so and keeps what was typed", async ({
  page,
  context,
  simulator,
  signUp,
  expectedErrors,
}) => {
  expectedErrors.push("ERR_INTERNET_DISCONNECTED");
  const account = await newAccount(simulator);
  await signUp();
  await page.goto("/twilio/setup");
  await context.setOffline(true);
  await accountSid(page).fill(account.sid);
  await authToken(page).fill(account.auth_token);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(alert(page, "Sniko could not be reached.")).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page).toHaveURL("/twilio/setup/number");
});

test("whoever was signed out meanwhile signs in and goes on", async ({ page, simulator, signUp, expectedErrors }) => {
  expectedErrors.push("401");
  const account = await newAccount(simulator);
  const user = await signUp();
  await page.goto("/twilio/setup/credentials");
  await page.context().clearCookies();
  await accountSid(page).fill(account.sid);
  await authToken(page).fill(account.auth_token);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("E-mail").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/twilio/setup/credentials");
});
