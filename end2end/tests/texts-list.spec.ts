import { expect, test } from "../fixtures";
import { connectLine, newLine } from "./phone";
import { FRIEND, FRIEND_SHOWN, body, entry, main, send, textFrom, thread, threadPath } from "./texts";

const OTHER = "+442079460124";
const OTHER_SHOWN = "+44 20 7946 0124";

test.beforeEach(async ({ signUp }) => {
  test.slow();
  await signUp();
});

test("threads are found by name or number in any format", async ({ page, simulator, expectNoViolations, shoot }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await textFrom(page, simulator, line, FRIEND, "Hello from California");
  await textFrom(page, simulator, line, OTHER, "Hello from London");
  await page.goto(threadPath(OTHER));
  await main(page).getByText("Give a name", { exact: true }).click();
  await main(page).getByRole("textbox", { name: "Name", exact: true }).fill("Maria Keller");
  await main(page).getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("heading", { name: "Maria Keller" })).toBeVisible();
  await expect(main(page).getByText(OTHER_SHOWN)).toBeVisible();

  await page.goto("/messages");
  await expect(main(page).getByRole("listitem")).toHaveCount(2);
  await shoot(page, "texts");
  await expectNoViolations(page);
  const search = main(page).getByRole("searchbox", { name: "Name or number" });
  for (const [text, found] of [
    ["keller", "Maria Keller"],
    ["(415) 555 01-43", FRIEND_SHOWN],
  ] as const) {
    await search.fill(text);
    await main(page).getByRole("button", { name: "Search" }).click();
    await expect(main(page).getByRole("listitem")).toHaveCount(1);
    await expect(thread(page, found)).toBeVisible();
  }
  await search.fill("nobody at all");
  await main(page).getByRole("button", { name: "Search" }).click();
  await expect(main(page).getByText("Nobody matches")).toBeVisible();
  await main(page).getByRole("link", { name: "Show all" }).click();
  await expect(main(page).getByRole("listitem")).toHaveCount(2);
});

test("a text of somebody new is announced, and nothing moves until it is asked for", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await textFrom(page, simulator, line, FRIEND, "First");
  await page.goto("/messages");
  await expect(main(page).getByRole("listitem")).toHaveCount(1);
  await textFrom(page, simulator, line, OTHER, "Me too");
  const show = main(page).getByRole("button", { name: "New texts, show" });
  await expect(show).toBeVisible({ timeout: 15_000 });
  await expect(main(page).getByRole("listitem")).toHaveCount(1);
  await show.click();
  await expect(thread(page, OTHER_SHOWN)).toContainText("Me too");
  await expect(main(page).getByRole("listitem")).toHaveCount(2);
  await expect(show).toBeHidden();
});

test("a number that cannot be texted is refused beside its field", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/messages?to=nobody");
  const to = main(page).getByRole("textbox", { name: "To" });
  await expect(to).toBeVisible();
  await expect(to).toHaveAttribute("aria-invalid", "true");
  await expect(to).toHaveAccessibleDescription(/number/);
});

test("hostile addresses are answered with a list or a refusal, never with a fault", async ({ page }) => {
  for (const path of [
    "/messages?q=%27%25_%00",
    `/messages?q=${"9".repeat(3000)}`,
    "/messages?before=x",
    "/messages?to=%3Cscript%3Ealert(1)%3C/script%3E",
    "/messages/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "/messages/%00",
    `/messages/${"a".repeat(2000)}`,
    "/messages/%2B14155550143?before=x",
  ]) {
    const answer = await page.request.get(path, { headers: { accept: "text/html" }, maxRedirects: 0 });
    expect(answer.status(), path).toBeLessThan(500);
    expect(await answer.text()).not.toContain("<script>alert");
  }
});

test("the wizard ends with a test text, and the connection page says whether the number can text", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/twilio/setup");
  const card = page.getByRole("region", { name: "Send a test text" });
  await card.getByRole("textbox", { name: "Your mobile number" }).fill("+1 415-555-0199");
  await card.getByRole("button", { name: "Send the test text" }).click();
  await expect(page.getByRole("heading", { name: "+1 415-555-0199" })).toBeVisible();
  await expect(entry(page, "Hello from Sniko")).toContainText("Delivered", { timeout: 15_000 });

  await page.goto("/twilio/setup");
  const ready = page.getByRole("region", { name: "Ready to text" });
  await ready.getByRole("button", { name: "Check" }).click();
  await expect(ready.getByText("Ready", { exact: true }).first()).toBeVisible();
  await shoot(page, "connection-texts");
  await expectNoViolations(page);
});

test("who texts are from is a setting, and the notice of sign-ins says what it needs", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const made = await fetch(`${simulator.url}/v1/Services`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${line.sid}:${line.auth_token}`).toString("base64")}` },
    body: new URLSearchParams({ FriendlyName: "Bakery pool" }),
  });
  expect(made.status).toBe(201);
  await page.goto("/settings/texts");
  const sender = page.getByRole("region", { name: "Who your texts are from" });
  await expect(sender.getByText(/Bakery pool: Answers to its texts do not come here/)).toBeVisible();
  await shoot(page, "settings-texts");
  await expectNoViolations(page);
  await sender.getByLabel("Sender").selectOption("Bakery pool");
  await sender.getByRole("button", { name: "Save" }).click();
  await expect(sender.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(sender.getByLabel("Sender")).toHaveValue(/^MG/);
  // The stack under test has no account for messages of its own.
  await expect(page.getByRole("region", { name: "Notice of new sign-ins" })).toContainText("TWILIO_ACCOUNT_SID");
});

test("a refused text stays in its field", async ({ page, simulator, expectedErrors }) => {
  expectedErrors.push("422");
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  await body(page).fill("Too late");
  await main(page).getByText("Send later", { exact: true }).click();
  await main(page).getByLabel("Day and time").fill("2020-01-01T09:30");
  await send(page).click();
  await expect(main(page).getByRole("alert").filter({ hasText: /passed/ })).toBeVisible();
  await expect(body(page)).toHaveValue("Too late");
});
