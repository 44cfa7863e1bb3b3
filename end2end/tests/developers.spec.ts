import { expect, test } from "../fixtures";

test("what programs may ask for is read by people, from the footer of every page", async ({ page, shoot, expectNoViolations }) => {
  // The page is long, and is looked at from end to end eight times.
  test.slow();
  await page.goto("/");
  await page.getByRole("link", { name: "For developers" }).click();
  await expect(page).toHaveURL("/developers");
  await expect(page.getByRole("heading", { level: 1, name: "For developers" })).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "developers");
  const send = page.locator("#post-api-messages");
  await send.locator("summary").click();
  await expect(send.getByText("Idempotency-Key")).toBeVisible();
  await expect(send.getByText("body=On my way")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "developers-open");
  // A link to a shape leads to its place.
  await send.getByRole("link", { name: "Message", exact: true }).first().click();
  await expect(page).toHaveURL(/#message$/);
});
