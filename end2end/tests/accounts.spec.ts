import { expect, test } from "../fixtures";

test("the front door, sign-up, sign-out and sign-in", async ({ page, shoot, expectNoViolations }) => {
  await page.goto("/");
  await expectNoViolations(page);
  await shoot(page, "home");
  await page.getByRole("main").getByRole("link", { name: "Create account" }).click();
  await expect(page).toHaveURL("/sign-up");
  await expectNoViolations(page);
  await shoot(page, "sign-up");
  const email = `${crypto.randomUUID()}@example.com`;
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("main").getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/twilio/setup");
  await expect(page.getByText(email)).toBeVisible();

  await page.goto("/");
  await expectNoViolations(page);
  await shoot(page, "overview");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");

  await page.goto("/settings/sessions");
  await expect(page).toHaveURL("/sign-in?next=%2Fsettings%2Fsessions");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("wrong horse battery");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("The e-mail address or the password is wrong.");
  await expectNoViolations(page);
  await shoot(page, "sign-in-refused");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/settings/sessions");
});

test("another browser is signed out from the list of sessions", async ({
  page,
  browser,
  baseURL,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  const user = await signUp();
  const other = await browser.newContext({ baseURL });
  const signedIn = await other.request.post("/auth/sign-in", { form: { ...user }, headers: { accept: "application/json" } });
  expect(signedIn.status()).toBe(200);

  await page.goto("/settings/sessions");
  await expect(page.getByText("This browser")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "sessions");
  await page.getByRole("main").getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("button", { name: "Sign out all others" })).toBeHidden();
  expect((await other.request.get("/twilio/credentials")).status()).toBe(401);
  await other.close();
});

test.describe(() => {
  // The browser itself reports the page's own status.
  test.use({ expectedErrors: async ({}, use) => use(["404"]) });

  test("an address where nothing is", async ({ page, shoot, expectNoViolations }) => {
    const answer = await page.goto("/nothing/here");
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await expectNoViolations(page);
    await shoot(page, "not-found");
  });
});
