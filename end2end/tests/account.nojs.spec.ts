import { expect, test } from "../fixtures";

test("an account is looked after and erased without JavaScript", async ({ page, signUp }) => {
  const user = await signUp();
  await page.goto("/settings/refused");
  await expect(page.getByText("Nothing was refused in the last 30 days.")).toBeVisible();
  await page.getByRole("link", { name: "Account", exact: true }).click();
  await page.getByLabel("Current password", { exact: true }).fill(user.password);
  await page.getByLabel("New password", { exact: true }).fill("another horse entirely");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("The password is changed")).toBeVisible();
  await page.getByLabel("Your e-mail address, to confirm").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("another horse entirely");
  await page.getByRole("button", { name: "Erase my account" }).click();
  await expect(page).toHaveURL("/sign-in?done=account_erased");
});
