import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures";
import { connect, newAccount } from "./twilio";

const NEW_PASSWORD = "another horse entirely";

test("the password is changed, and what is stored is taken along", async ({
  page,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const user = await signUp();
  await page.goto("/settings/account");
  await expect(page.getByRole("main").getByText(user.email)).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "account");

  await page.getByLabel("Current password", { exact: true }).fill("wrong horse battery");
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "This is not your password." })).toBeVisible();
  await page.getByLabel("Current password", { exact: true }).fill(user.password);
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("status").filter({ hasText: "The password is changed" })).toBeVisible();

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export my data" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^sniko-export-\d{4}-\d\d-\d\d\.json$/);
  const document = JSON.parse(await readFile(await download.path(), "utf8"));
  expect(document.users[0].email).toBe(user.email);
  expect(JSON.stringify(document)).not.toContain("argon2");
});

test("an account is erased, and nothing of it is left at Twilio", async ({ page, signUp, simulator, shoot }) => {
  test.slow();
  const user = await signUp();
  const account = await newAccount(simulator);
  await connect(page, account);
  await page.goto("/settings/account");
  await page.getByLabel("Your e-mail address, to confirm").fill("somebody@else.example");
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Erase my account" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Nothing was erased." })).toBeVisible();
  await page.getByLabel("Your e-mail address, to confirm").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Erase my account" }).click();
  await expect(page).toHaveURL("/sign-in?done=account_erased");
  await expect(page.getByText("everything that was stored of you is erased")).toBeVisible();
  await shoot(page, "account-erased");
  await page.goto("/settings/account");
  await expect(page).toHaveURL(/^[^?]*\/sign-in\?next=/);
});
