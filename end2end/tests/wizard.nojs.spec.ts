import { expect, test } from "../fixtures";
import { connect, disconnect, expectConnected, FREE, newAccount, save, USED, verify } from "./twilio";

test("the whole wizard works without JavaScript", async ({ page, simulator, signUp, shoot }) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, { ...account, auth_token: "0".repeat(32) });
  await expect(page.getByText("Twilio does not accept").first()).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Account SID" })).toHaveValue(account.sid);

  await verify(page, account);
  await expect(page).toHaveURL("/twilio/setup/number");
  await shoot(page, "setup-2-number");
  await save(page, USED);
  await expect(page.getByRole("alert").filter({ hasText: "Tick the box" })).toBeVisible();
  await page.getByRole("radio", { name: USED }).check();
  await page.getByRole("checkbox", { name: /Take over/ }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
  await expectConnected(page, USED);
  await shoot(page, "setup-4-connected");

  await page.getByRole("button", { name: "Re-check" }).click();
  await expect(page.getByText("Everything is as it should be")).toBeVisible();
  await disconnect(page);
  await expect(page.getByRole("textbox", { name: "Account SID" })).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
});

test("a failure is read and tried again without JavaScript", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  await simulator.inject({
    method: "POST",
    path: `/Accounts/${account.sid}/Keys.json`,
    times: 1,
    effect: { status: { status: 400, code: 20400, message: "Bad request" } },
  });
  await save(page, FREE);
  await expect(page.getByRole("heading", { name: `${FREE} is not connected` })).toBeVisible();
  expect(await simulator.account(account.sid)).toEqual(before);
  await page.getByRole("button", { name: "Retry" }).click();
  await expectConnected(page, FREE);
});

test("signing up and in without JavaScript", async ({ page, simulator }) => {
  const email = `${crypto.randomUUID()}@example.com`;
  await page.goto("/sign-up");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("main").getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/twilio/setup");
  await connect(page, await newAccount(simulator));
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
});
