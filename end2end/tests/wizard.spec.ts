import { expect, test } from "../fixtures";
import {
  accountSid,
  alert,
  authToken,
  connect,
  disconnect,
  expectConnected,
  expectNoSecret,
  FREE,
  newAccount,
  save,
  step,
  UNAVAILABLE,
  USED,
  verify,
} from "./twilio";

test("from nothing to connected, and back, leaves the account as it was", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();

  await page.goto("/twilio/setup");
  await expect(page.getByRole("heading", { name: "Twilio Setup", level: 1 })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Steps" }).getByRole("listitem")).toHaveText([
    /Account/,
    /Number/,
    /Save and connect/,
  ]);
  await expect(page.getByText("It costs nothing.")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-1-account");

  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  await expect(page.getByText("Corner Bakery")).toBeVisible();
  await page.getByRole("radio", { name: USED }).check();
  const change = page.getByRole("table", { name: `What changes for ${USED}` });
  await expect(change.getByRole("row", { name: /Incoming calls/ })).toContainText("https://old.example.com/voice");
  await expect(change.getByRole("row", { name: /Incoming calls/ })).toContainText("/twiml/inbound");
  await expectNoSecret(page, account.auth_token);
  await expectNoViolations(page);
  await shoot(page, "setup-2-number");

  await page.getByRole("checkbox", { name: /Take over/ }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
  await expectConnected(page, USED);
  const connected = await simulator.account(account.sid);
  for (const sid of [account.used, ...Object.keys(connected.applications), ...Object.keys(connected.keys)]) {
    await expect(page.getByRole("code").filter({ hasText: sid })).toBeVisible();
  }
  await page.getByText("What the number pointed at before", { exact: true }).click();
  await expect(page.getByText("https://old.example.com/voice")).toBeVisible();
  await expectNoSecret(page, account.auth_token);
  await expectNoViolations(page);
  await shoot(page, "setup-4-connected");

  await disconnect(page);
  await expect(page.getByText("Disconnected.")).toBeVisible();
  await expect(accountSid(page)).toBeVisible();
  await shoot(page, "setup-6-disconnected");
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("saving is watched step by step", async ({ page, simulator, signUp, shoot, expectNoViolations }) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, account);
  // Long enough to look at; the path is this test's own account's.
  await simulator.inject({ path: `/Accounts/${account.sid}/Applications.json`, times: null, effect: { delay: 9000 } });
  await save(page, FREE);
  await expect(page).toHaveURL("/twilio/setup/save");
  await expect(page.getByRole("heading", { name: `Connecting ${FREE}` })).toBeVisible();
  await expect(step(page, "Account and number")).toContainText("Done");
  await expect(step(page, "API key")).toContainText(/SK[0-9a-f]{32}/);
  await expect(step(page, "TwiML App")).toContainText("In progress");
  await expect(step(page, "Webhooks of the number")).toContainText("Waiting");
  await expectNoViolations(page);
  await expectNoSecret(page, account.auth_token);
  await shoot(page, "setup-3-saving");
  // Whoever comes back to any step is taken to what is going on.
  await page.goto("/twilio/setup/number");
  await expect(page.getByRole("heading", { name: `Connecting ${FREE}` })).toBeVisible();
  await expect(page.getByRole("heading", { name: FREE, level: 2, exact: true })).toBeVisible({ timeout: 20_000 });
  await expectConnected(page, FREE);
});

test("a step that fails is explained, taken back, and tried again", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
  expectedErrors,
}) => {
  // The browser itself reports the refused request.
  expectedErrors.push("502");
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  const refused = { status: { status: 400, code: 21210, message: "Phone number not verified" } };
  const path = `/Accounts/${account.sid}/IncomingPhoneNumbers/*.json`;
  await simulator.inject({ method: "POST", path, effect: refused });
  await save(page, FREE);
  await expect(page.getByRole("heading", { name: `${FREE} is not connected` })).toBeVisible();
  await expect(page.getByText("Twilio error 21210")).toBeVisible();
  await expect(step(page, "TwiML App")).toContainText("Taken back");
  await expect(step(page, "API key")).toContainText("Taken back");
  await expect(step(page, "Webhooks of the number")).toContainText("Failed");
  expect(await simulator.account(account.sid)).toEqual(before);
  await expectNoViolations(page);
  await shoot(page, "setup-5-failed");
  await page.getByRole("button", { name: "Retry" }).click();
  await expectConnected(page, FREE);
});

test("with Twilio away in the middle nothing stays, and one may start over", async ({
  page,
  simulator,
  signUp,
  expectedErrors,
}) => {
  test.slow();
  expectedErrors.push("502");
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  await simulator.inject({
    method: "POST",
    path: `/Accounts/${account.sid}/Keys.json`,
    times: null,
    effect: UNAVAILABLE,
  });
  await save(page, FREE);
  await expect(page.getByRole("heading", { name: `${FREE} is not connected` })).toBeVisible({ timeout: 30_000 });
  await expect(alert(page, "Twilio could not be reached")).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
  await page.getByRole("button", { name: "Start over" }).click();
  await expect(accountSid(page)).toBeVisible();
  await expect(page).toHaveURL("/twilio/setup");
});

test("what cannot be removed is listed and removed later", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await connect(page, account);
  const [key] = Object.keys((await simulator.account(account.sid)).keys);
  const fault = await simulator.inject({
    method: "DELETE",
    path: `/Accounts/${account.sid}/Keys/*`,
    times: null,
    effect: UNAVAILABLE,
  });
  await disconnect(page);
  const left = page.getByRole("region", { name: "Something is still in your Twilio account" });
  await expect(left).toContainText(key ?? "no key");
  await expectNoViolations(page);
  await shoot(page, "setup-6-left-behind");
  await left.getByRole("button", { name: "Try again now" }).click();
  await expect(left).toContainText("Tried again just now, without success.");
  await simulator.removeFault(fault);
  await left.getByRole("button", { name: "Try again now" }).click();
  await expect(page.getByText("Everything is removed.")).toBeVisible();
  await expect(left).toBeHidden();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("a closed tab loses nothing, and two tabs that save at once connect once", async ({
  page,
  context,
  simulator,
  signUp,
  expectedErrors,
}) => {
  test.slow();
  // The second tab is refused, during the first one's work or after it, which the browser itself reports.
  expectedErrors.push("409", "404");
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, account);
  await page.close();

  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) {
    await tab.goto("/twilio/setup");
    await tab.locator("body[data-hydrated]").waitFor({ state: "attached" });
    await tab.getByRole("radio", { name: FREE }).check();
  }
  await Promise.all(tabs.map((tab) => tab.getByRole("button", { name: "Save and connect" }).click()));
  for (const tab of tabs) {
    await expect(async () => {
      await tab.goto("/twilio/setup");
      await expectConnected(tab, FREE);
    }).toPass();
  }
  const made = await simulator.account(account.sid);
  expect([Object.keys(made.applications).length, Object.keys(made.keys).length]).toEqual([1, 1]);
});

test("the keyboard alone is enough", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await signUp();
  await page.goto("/twilio/setup");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await accountSid(page).focus();
  await page.keyboard.insertText(account.sid);
  await page.keyboard.press("Tab");
  await expect(authToken(page)).toBeFocused();
  await page.keyboard.insertText(account.auth_token);
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: FREE }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await expectConnected(page, FREE);
});
