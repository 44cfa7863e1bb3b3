import { expect, test } from "../fixtures";
import { connect, newAccount } from "./twilio";

test("what was refused is told with its reason and the way out", async ({
  page,
  signUp,
  simulator,
  baseURL,
  shoot,
  expectNoViolations,
}) => {
  test.slow();
  await signUp();
  await page.goto("/settings/refused");
  await expect(page.getByText("Nothing was refused in the last 30 days.")).toBeVisible();
  await expectNoViolations(page);
  await shoot(page, "refused-none");

  const account = await newAccount(simulator);
  await connect(page, account);
  const form = { AccountSid: account.sid, CallSid: `CA${"1".repeat(32)}`, From: "+14155550199", To: "+14155550100" };
  for (const headers of [{}, { "x-twilio-signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }]) {
    const answer = await fetch(`${baseURL}/twiml/inbound`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(403);
  }
  // It is looked into within a second, and stored within five.
  await expect(async () => {
    await page.goto("/settings/refused");
    await expect(page.getByText("There was no signature.")).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByText("another Auth Token than the one stored here")).toBeVisible();
  await expect(page.getByRole("main").getByText("+14155550199")).toHaveCount(0);
  await expectNoViolations(page);
  await shoot(page, "refused");
  await page.getByRole("link", { name: "Replace token" }).click();
  await expect(page).toHaveURL("/twilio/setup#token-title");
  await expect(page.getByRole("link", { name: "2 requests of Twilio's were refused in the last day" })).toBeVisible();
  await expectNoViolations(page);
});
