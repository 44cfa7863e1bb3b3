import { expect, test } from "../fixtures";
import { alert, connect, disconnect, expectNoSecret, FREE, newAccount, save, verify, WRONG_TOKEN } from "./twilio";

test("what was changed at Twilio is shown and repaired", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
  await expectNoViolations(page);

  await simulator.editNumber(account.free, { voice_url: "https://wrong.example.com/voice" });
  const [key] = Object.keys((await simulator.account(account.sid)).keys);
  await simulator.deleteKey(key ?? "no key");
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Something was changed at Twilio.")).toBeVisible();
  await expect(page.getByText("The API key was deleted")).toBeVisible();
  const calls = page.getByRole("table", { name: "The number" }).getByRole("row", { name: /Incoming calls/ });
  await expect(calls).toContainText("Differs");
  await expect(calls).toContainText("https://wrong.example.com/voice");
  await expectNoViolations(page);
  await shoot(page, "setup-7-drift");

  await page.getByRole("button", { name: "Repair" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
  const { numbers, keys } = await simulator.account(account.sid);
  expect(numbers[account.free]?.voice_url).toContain("/twiml/inbound");
  expect(Object.keys(keys)).toHaveLength(1);
});

test("a rotated Auth Token is noticed and replaced", async ({ page, simulator, signUp, shoot, expectNoViolations }) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  const token = await simulator.rotateAuthToken(account.sid);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Twilio does not accept" })).toBeVisible();

  const replace = async (entered: string) => {
    await page.getByLabel("New Auth Token", { exact: true }).fill(entered);
    await page.getByRole("button", { name: "Replace token" }).click();
  };
  await replace(WRONG_TOKEN);
  await expect(alert(page, "does not accept this Auth Token")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-8-replace-token");
  await replace(token);
  await expect(page.getByText("The new Auth Token is saved.")).toBeVisible();
  await expect(page.getByText(`•••• ${token.slice(-4)}`)).toBeVisible();
  await expectNoSecret(page, token, account.auth_token);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
});

test("what the TwiML App was set to in the console is set back by itself", async ({
  page,
  request,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  const [app] = Object.keys((await simulator.account(account.sid)).applications);
  const edited = await request.post(
    `${simulator.url}/2010-04-01/Accounts/${account.sid}/Applications/${app}.json`,
    {
      form: { VoiceUrl: "https://edited.example.com/voice" },
      headers: { authorization: `Basic ${btoa(`${account.sid}:${account.auth_token}`)}` },
    },
  );
  expect(edited.status()).toBe(200);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
  await expect(page.getByText("https://edited.example.com/voice); it is set back")).toBeVisible();
  const { applications } = await simulator.account(account.sid);
  expect(JSON.stringify(applications)).not.toContain("edited.example.com");
  await expectNoViolations(page);
  await shoot(page, "setup-7-mended");
});

test("a token that is refused is told beside calls and texts too, until it is replaced", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  const token = await simulator.rotateAuthToken(account.sid);
  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Calls and texts wait until Twilio accepts it again.")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-7-refused");
  for (const place of ["/calls", "/messages"]) {
    await page.goto(place);
    await expect(page.getByText("Twilio does not accept the stored Auth Token any more")).toBeVisible();
    await expectNoViolations(page);
  }
  await shoot(page, "calls-trouble");
  await page.getByRole("link", { name: "Open Twilio Setup" }).click();
  // The field is there at once.
  await page.getByLabel("New Auth Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Replace token" }).click();
  await expect(page.getByText("The new Auth Token is saved.")).toBeVisible();
  await expect(page.getByText("Everything at Twilio is as it should be")).toBeVisible();
  await page.goto("/calls");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("Twilio does not accept")).toBeHidden();
});

test("the API key is replaced on request, and the phone goes on", async ({ page, simulator, signUp, expectNoViolations }) => {
  const account = await newAccount(simulator);
  await signUp();
  await connect(page, account);
  await simulator.registered(account.sid);
  const [former] = Object.keys((await simulator.account(account.sid)).keys);
  await page.getByRole("button", { name: "Replace the key now" }).click();
  await expect(page.getByText("A new API key is in use.")).toBeVisible();
  await expect(page.getByText("The API key was replaced by a new one.")).toBeVisible();
  await expectNoViolations(page);
  const { keys } = await simulator.account(account.sid);
  expect(Object.keys(keys)).toHaveLength(2);
  expect(Object.keys(keys)).toContain(former);
  // A phone that starts now signs in with the new key.
  await page.reload();
  await simulator.registered(account.sid);
  await page.getByText("What was left in your account").click();
  await page.getByRole("button", { name: "Search now" }).click();
  await expect(page.getByText("The account was searched.")).toBeVisible();
});

test("disconnecting asks for the word or the number", async ({ page, simulator, signUp, shoot, expectNoViolations }) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await connect(page, account);
  await disconnect(page, "yes");
  // The browser refuses what cannot confirm.
  await expect(page.getByLabel(/^Type/)).toHaveJSProperty("validity.valid", false);
  await expectNoViolations(page);
  await shoot(page, "setup-9-disconnect");
  await page.getByLabel(/^Type/).fill("+1 (415) 555-0100");
  await page.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(page.getByText("Disconnected.")).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("removing is watched too", async ({ page, context, simulator, signUp, shoot }) => {
  test.slow();
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await connect(page, account);
  await simulator.inject({ path: `/Accounts/${account.sid}/Keys/*`, times: null, effect: { delay: 6000 } });
  const pressed = disconnect(page);
  const other = await context.newPage();
  await expect(async () => {
    await other.goto("/twilio/setup");
    await expect(other.getByRole("heading", { name: `Disconnecting ${FREE}` })).toBeVisible({ timeout: 500 });
  }).toPass();
  await shoot(other, "setup-9-disconnecting");
  await expect(other.getByText("Disconnected.")).toBeVisible({ timeout: 20_000 });
  await pressed;
  await expect(page.getByText("Disconnected.")).toBeVisible({ timeout: 20_000 });
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("an account that another user has connected is refused", async ({ page, browser, baseURL, simulator, signUp, expectedErrors }) => {
  expectedErrors.push("409");
  const account = await newAccount(simulator);
  const other = await browser.newContext({ baseURL });
  const headers = { accept: "application/json", origin: baseURL ?? "" };
  const form = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  await other.request.post("/auth/sign-up", { form, headers });
  const { sid: account_sid, auth_token, free: phone_number_sid } = account;
  const saved = await other.request.post("/twilio/credentials", {
    form: { account_sid, auth_token, phone_number_sid },
    headers,
  });
  expect(saved.status()).toBe(200);
  await other.close();

  await signUp();
  await verify(page, account);
  await save(page, FREE);
  await expect(alert(page, "already connected here by another user")).toBeVisible();
});
