import { expect, test } from "../fixtures";
import { alert, expectConnected, FREE, newAccount, save, USED, verify } from "./twilio";

test("a number in use is taken over only with consent", async ({ page, simulator, signUp, expectedErrors }) => {
  // The browser itself reports the refused request.
  expectedErrors.push("409");
  const account = await newAccount(simulator);
  const before = await simulator.account(account.sid);
  await signUp();
  await verify(page, account);
  await expect(page.getByRole("checkbox", { name: /Take over/ })).toBeHidden();
  await save(page, USED);
  await expect(alert(page, "already in use")).toBeVisible();
  await expect(page).toHaveURL("/twilio/setup/number");
  expect(await simulator.account(account.sid)).toEqual(before);
  await page.getByRole("checkbox", { name: /Take over/ }).check();
  await page.getByRole("button", { name: "Save and connect" }).click();
  await expectConnected(page, USED);
});

test("among many numbers one is found by its digits or its name", async ({
  page,
  simulator,
  signUp,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  const account = await newAccount(simulator);
  for (let index = 0; index < 120; index++) {
    await simulator.addNumber(account.sid, { phone_number: `+1415556${String(index).padStart(4, "0")}` });
  }
  await signUp();
  await verify(page, account);
  const radios = page.getByRole("radio");
  await expect(page.getByText("The first 100 of 122 numbers.")).toBeVisible();
  await expect(radios).toHaveCount(100);
  await expectNoViolations(page);
  await shoot(page, "setup-2-many-numbers");

  const search = page.getByRole("searchbox", { name: "Find a number" });
  await search.fill("(20) 7183");
  await search.press("Enter");
  await expect(page.getByText("1 of 122 numbers match")).toBeVisible();
  await expect(page.getByRole("radio", { name: USED })).toBeVisible();
  await search.fill("front DESK");
  await search.press("Enter");
  await expect(page.getByRole("radio", { name: FREE })).toBeVisible();
  await search.fill("nobody");
  await search.press("Enter");
  await expect(page.getByText("No number of this account matches “nobody”.")).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(radios).toHaveCount(100);
});

test("an account without numbers is told where to get one, a trial what it limits", async ({
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
  await expect(page.getByRole("link", { name: "Buy a number at Twilio" })).toBeVisible();
  await expect(page.getByText(/trial account reaches only/)).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "setup-2-no-numbers");
  await simulator.addNumber(account.sid, { phone_number: "+14155550100" });
  await page.getByRole("button", { name: "Refresh list" }).click();
  await expect(page.getByRole("radio", { name: FREE })).toBeVisible();
});

test("a number without calls cannot be chosen", async ({ page, simulator, signUp }) => {
  const account = await newAccount(simulator);
  await simulator.addNumber(account.sid, {
    phone_number: "+14155550177",
    capabilities: { voice: false, sms: true },
  });
  await signUp();
  await verify(page, account);
  await expect(page.getByRole("radio", { name: "+1 415-555-0177" })).toBeDisabled();
  await expect(page.getByText("Cannot take calls, so it cannot be connected.")).toBeVisible();
});

test("what Twilio calls an account or a number is text, never markup", async ({ page, simulator, signUp }) => {
  const evil = "<img src=x onerror=alert(1)>";
  const account = await simulator.addAccount({ friendly_name: `${evil} Ltd` });
  await simulator.addNumber(account.sid, { phone_number: "+14155550100", friendly_name: evil });
  await signUp();
  await verify(page, account);
  await expect(page.getByText(`${evil} Ltd`)).toBeVisible();
  await expect(page.getByText(evil, { exact: true })).toBeVisible();
  await expect(page.locator("img[src=x]")).toHaveCount(0);
});
