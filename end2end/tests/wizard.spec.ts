import { expect, test } from "../fixtures";
import { connect, disconnect, expectConnected, FREE, newAccount, save, USED, verify } from "./twilio";

test("from nothing to connected, and back, leaves the account as it was", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();

  await page.goto("/twilio/setup");
  await expect(page.getByRole("heading", { name: "Twilio Setup", level: 1 })).toBeVisible();
  await expect(page.getByRole("list").filter({ hasText: "Save and connect" })).toContainText("Account");
  await expectNoViolations(page);
  await shoot(page, "setup-1-account");

  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  await expect(page.getByText("Corner Bakery")).toBeVisible();
  await page.getByRole("radio", { name: USED }).check();
  await expect(page.getByText("https://old.example.com/voice").first()).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-2-number");

  await page.getByRole("checkbox", { name: /Take over/ }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
  await expectConnected(page, USED);
  await expect(page).toHaveURL("/twilio/setup?done=connected");
  const connected = await simulator.account(account.sid);
  const [application] = Object.keys(connected.applications);
  const [key] = Object.keys(connected.keys);
  for (const sid of [application ?? "no App", key ?? "no key"]) {
    await expect(page.getByRole("code").filter({ hasText: sid })).toBeVisible();
  }
  await expect(page.getByText("https://old.example.com/voice")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-4-connected");
  expect(await page.content()).not.toContain(account.auth_token);

  await disconnect(page);
  await expect(page.getByRole("textbox", { name: "Account SID" })).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("saving is watched step by step", async ({ page, simulator, signUp, shoot, expectNoViolations }) => {
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  // Long enough to see it run; the path names this test's own account only.
  await simulator.inject({ path: `/Accounts/${account.sid}/Applications.json`, times: null, effect: { delay: 4000 } });
  await save(page, FREE);
  await expect(page).toHaveURL("/twilio/setup/save");
  await expect(page.getByRole("heading", { name: `Connecting ${FREE}` })).toBeVisible();
  const steps = page.getByRole("listitem");
  await expect(steps.filter({ hasText: "Account and number" })).toContainText("Done");
  await expect(steps.filter({ hasText: "TwiML App" })).toContainText("In progress");
  await expect(steps.filter({ hasText: "Webhooks of the number" })).toContainText("Waiting");
  await expectNoViolations(page);
  await shoot(page, "setup-3-saving");
  await expectConnected(page, FREE);
});

test("a step that fails is explained, taken back, and tried again", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  const refused = { status: { status: 400, code: 21210, message: "Phone number not verified" } };
  await simulator.inject({
    method: "POST",
    path: `/Accounts/${account.sid}/IncomingPhoneNumbers/*.json`,
    times: 1,
    effect: refused,
  });
  await save(page, FREE);
  await expect(page.getByRole("heading", { name: `${FREE} is not connected` })).toBeVisible();
  await expect(page.getByText("Twilio error 21210").first()).toBeVisible();
  const steps = page.getByRole("listitem");
  await expect(steps.filter({ hasText: "TwiML App" })).toContainText("Taken back");
  await expect(steps.filter({ hasText: "API key" })).toContainText("Taken back");
  expect(await simulator.account(account.sid)).toEqual(before);
  await expectNoViolations(page);
  await shoot(page, "setup-5-failed");
  await page.getByRole("button", { name: "Retry" }).click();
  await expectConnected(page, FREE);
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
    effect: { status: { status: 503, code: 20503, message: "Service Unavailable" } },
  });
  await disconnect(page);
  await expect(page.getByRole("heading", { name: "Something is still in your Twilio account" })).toBeVisible();
  await expect(page.getByRole("code").filter({ hasText: key ?? "no key" })).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-6-left-behind");
  await simulator.removeFault(fault);
  await page.getByRole("button", { name: "Try again now" }).click();
  await expect(page.getByRole("heading", { name: "Something is still in your Twilio account" })).toBeHidden();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("what was changed at Twilio is shown and repaired", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything is as it should be")).toBeVisible();
  await simulator.editNumber(account.free, { voice_url: "https://wrong.example.com/voice" });
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Something was changed at Twilio.")).toBeVisible();
  await expect(page.getByText("https://wrong.example.com/voice")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-7-drift");
  await page.getByRole("button", { name: "Repair" }).click();
  await expect(page.getByText("Everything is as it should be")).toBeVisible();
  const { numbers } = await simulator.account(account.sid);
  expect(numbers[account.free]?.voice_url).toContain("/twiml/inbound");
});

test("a rotated Auth Token is noticed and replaced", async ({ page, simulator, signUp, expectNoViolations, shoot }) => {
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  const token = await simulator.rotateAuthToken(account.sid);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Twilio does not accept")).toBeVisible();
  await page.getByText("Replace", { exact: true }).click();
  await page.getByLabel("New Auth Token", { exact: true }).fill(token);
  await expectNoViolations(page);
  await shoot(page, "setup-8-replace-token");
  await page.getByRole("button", { name: "Replace token" }).click();
  await expect(page.getByText(`•••• ${token.slice(-4)}`)).toBeVisible();
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything is as it should be")).toBeVisible();
});

test("a closed tab loses nothing, and a second tab sees the same", async ({ page, context, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await signUp();
  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  await page.close();

  const second = await context.newPage();
  await second.goto("/twilio/setup");
  await expect(second.getByRole("radio", { name: FREE })).toBeVisible();
  const third = await context.newPage();
  await third.goto("/twilio/setup");
  await third.locator("body[data-hydrated]").waitFor({ state: "attached" });
  await second.locator("body[data-hydrated]").waitFor({ state: "attached" });
  for (const tab of [second, third]) await tab.getByRole("radio", { name: FREE }).check();
  await Promise.all([second, third].map((tab) => tab.getByRole("button", { name: "Save and connect" }).click()));
  for (const tab of [second, third]) {
    await expect(async () => {
      await tab.goto("/twilio/setup");
      await expectConnected(tab, FREE);
    }).toPass();
  }
  const made = await simulator.account(account.sid);
  expect([Object.keys(made.applications).length, Object.keys(made.keys).length]).toEqual([1, 1]);
});

test.describe(() => {
  // The browser itself reports an answer of 409 to the second tab.
  test.use({ expectedErrors: async ({}, use) => use(["409"]) });

  test("a number in use is taken over only with consent", async ({ page, simulator, signUp }) => {
    const account = await newAccount(simulator);
    const before = await simulator.account(account.sid);
    await signUp();
    await verify(page, account);
    await save(page, USED);
    await expect(page.getByRole("alert").filter({ hasText: "already in use" })).toBeVisible();
    await expect(page).toHaveURL(/\/twilio\/setup\/number/);
    expect(await simulator.account(account.sid)).toEqual(before);
    await page.getByRole("checkbox", { name: /Take over/ }).check();
    await page.getByRole("button", { name: "Save and connect" }).click();
    await expectConnected(page, USED);
  });
});

test("among many numbers one is found by its digits or its name", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  await Promise.all(
    Array.from({ length: 130 }, (_, index) =>
      simulator.addNumber(account.sid, { phone_number: `+1415556${String(index).padStart(4, "0")}` }),
    ),
  );
  await signUp();
  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  const radios = page.getByRole("radio");
  expect(await radios.count()).toBeLessThanOrEqual(100);
  await expectNoViolations(page);
  await shoot(page, "setup-2-many-numbers");
  await page.getByRole("searchbox").fill("7183");
  await page.getByRole("searchbox").press("Enter");
  await expect(radios).toHaveCount(1);
  await expect(page.getByRole("radio", { name: USED })).toBeVisible();
});

test("an account without numbers is told where to get one", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await simulator.addAccount({ kind: "Trial" });
  await signUp();
  await verify(page, account);
  await expect(page.getByText("This account has no phone number yet.")).toBeVisible();
  await expect(page.getByText(/trial account reaches only/)).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-2-no-numbers");
  await simulator.addNumber(account.sid, { phone_number: "+14155550100" });
  await page.getByRole("button", { name: "Refresh list" }).click();
  await expect(page.getByRole("radio", { name: FREE })).toBeVisible();
});
