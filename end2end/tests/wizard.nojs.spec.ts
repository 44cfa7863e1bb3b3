import { expect, test } from "../fixtures";
import {
  accountSid,
  alert,
  connect,
  disconnect,
  enter,
  expectConnected,
  expectNoSecret,
  FREE,
  newAccount,
  save,
  step,
  UNAVAILABLE,
  USED,
  verify,
  WRONG_TOKEN,
} from "./twilio";

test("the whole wizard works without JavaScript", async ({ page, simulator, signUp, shoot }) => {
  test.slow();
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await page.goto("/twilio/setup");
  await expect(page.getByRole("button", { name: /Show|Copy/ })).toHaveCount(0);
  await shoot(page, "setup-1-account");
  await enter(page, { ...account, auth_token: WRONG_TOKEN });
  await expect(alert(page, "Twilio does not accept")).toBeVisible();
  await expect(accountSid(page)).toHaveValue(account.sid);
  await expectNoSecret(page, WRONG_TOKEN);

  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  await save(page, USED);
  await expect(alert(page, "Tick the box")).toBeVisible();
  await expect(page.getByRole("radio", { name: USED })).toBeChecked();
  await shoot(page, "setup-2-number");
  await page.getByRole("checkbox", { name: /Take over/ }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
  await expectConnected(page, USED);
  await expectNoSecret(page, account.auth_token);
  await shoot(page, "setup-4-connected");

  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
  await simulator.editNumber(account.used, { sms_url: "https://wrong.example.com/sms" });
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Something was changed at Twilio.")).toBeVisible();
  await page.getByRole("button", { name: "Repair" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();

  await disconnect(page);
  await expect(page.getByText("Disconnected.")).toBeVisible();
  await expect(accountSid(page)).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("malformed and swapped fields are named without JavaScript", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await signUp();
  await enter(page, { sid: account.auth_token, auth_token: account.sid });
  await expect(accountSid(page)).toHaveAccessibleDescription(/looks like the Auth Token/);
  await expect(page.getByText("This is the Account SID.")).toBeVisible();
  // A token in the wrong field is a secret all the same.
  await expectNoSecret(page, account.auth_token);
});

test("a failure is read and tried again without JavaScript", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  await simulator.inject({
    method: "POST",
    path: `/Accounts/${account.sid}/Keys.json`,
    effect: { status: { status: 400, code: 20400, message: "Bad request" } },
  });
  await save(page, FREE);
  await expect(page.getByRole("heading", { name: `${FREE} is not connected` })).toBeVisible();
  await expect(step(page, "API key")).toContainText("Failed");
  expect(await simulator.account(account.sid)).toEqual(before);
  await page.getByRole("button", { name: "Retry" }).click();
  await expectConnected(page, FREE);
});

test("a running job is seen from another tab without JavaScript", async ({ page, context, simulator, signUp }) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, account);
  await simulator.inject({ path: `/Accounts/${account.sid}/Applications.json`, times: null, effect: { delay: 5000 } });
  const saving = save(page, FREE);
  const other = await context.newPage();
  await expect(async () => {
    await other.goto("/twilio/setup");
    await expect(step(other, "TwiML App")).toContainText("In progress", { timeout: 500 });
  }).toPass();
  await expect(other.getByRole("link", { name: "Refresh" })).toBeVisible();
  // The page itself looks again.
  await expect(other.getByRole("heading", { name: FREE, level: 2, exact: true })).toBeVisible({ timeout: 20_000 });
  await saving;
  await expectConnected(page, FREE);
});

test("what is left behind is removed without JavaScript", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await connect(page, account);
  const fault = await simulator.inject({
    method: "DELETE",
    path: `/Accounts/${account.sid}/Applications/*`,
    times: null,
    effect: UNAVAILABLE,
  });
  await disconnect(page);
  await expect(page.getByRole("heading", { name: "Something is still in your Twilio account" })).toBeVisible();
  await simulator.removeFault(fault);
  await page.getByRole("button", { name: "Try again now" }).click();
  await expect(page.getByText("Everything is removed.")).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("a token is replaced and an unconfirmed disconnect refused without JavaScript", async ({
  page,
  simulator,
  signUp,
}) => {
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  const token = await simulator.rotateAuthToken(account.sid);
  await page.getByText("Replace", { exact: true }).click();
  await page.getByLabel("New Auth Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Replace token" }).click();
  await expect(page.getByText(`•••• ${token.slice(-4)}`)).toBeVisible();
  // Without the browser's own check.
  await page.getByLabel(/^Type/).evaluate((field) => field.removeAttribute("pattern"));
  await disconnect(page, "yes");
  await expect(alert(page, "Nothing was removed.")).toBeVisible();
  await expectConnected(page, FREE);
});

test("signing up and in without JavaScript", async ({ page, simulator }) => {
  const email = `${crypto.randomUUID()}@example.com`;
  const password = "correct horse battery";
  await page.goto("/sign-up");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/twilio/setup");
  await connect(page, await newAccount(simulator));
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expectConnected(page, FREE);
});
