import { type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import type { Simulator } from "../simulator";
import { CALLER, CALLER_SHOWN, type Line, connectLine, newLine } from "./phone";

const main = (page: Page) => page.getByRole("main");
const row = (page: Page, text: string | RegExp) => main(page).getByRole("listitem").filter({ hasText: text });
const nav = (page: Page) => page.getByRole("navigation", { name: "Main" });

/** Somebody calls and hangs up before anybody answers. */
async function missedCall(simulator: Simulator, line: Line, from = CALLER): Promise<void> {
  const sid = await simulator.call(line.sid, from, line.number, { hangs_up_after_ms: 700 });
  await expect
    .poll(async () => (await simulator.calls()).find((call) => call.sid === sid)?.status, { timeout: 15_000 })
    .toMatch(/completed|no-answer|canceled/);
}

test.beforeEach(async ({ signUp }) => {
  test.slow();
  await signUp();
});

test("an empty call log says what to do", async ({ page, simulator, expectNoViolations, shoot }) => {
  await page.goto("/calls");
  await expect(main(page).getByText("No number is connected")).toBeVisible();
  await expect(main(page).getByRole("link", { name: "Connect your Twilio account" })).toBeVisible();
  await connectLine(page, await newLine(simulator));
  await page.goto("/calls");
  await expect(main(page).getByText("No calls yet")).toBeVisible();
  await expect(main(page).getByRole("button", { name: "Make a test call" })).toBeVisible();
  await shoot(page, "calls-empty");
  await expectNoViolations(page);
  await page.goto("/calls?show=missed");
  await expect(main(page).getByText("No missed calls")).toBeVisible();
});

test("a missed call is counted until the log is looked at", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await missedCall(simulator, line);
  await expect(async () => {
    await page.goto("/");
    await expect(nav(page).getByRole("link", { name: /^Calls/ })).toContainText("(1 missed)", { timeout: 500 });
  }).toPass();
  await nav(page).getByRole("link", { name: /^Calls/ }).click();
  await expect(row(page, CALLER_SHOWN)).toContainText("Incoming, Missed");
  await expect(nav(page).getByRole("link", { name: "Calls", exact: true })).toBeVisible();
  await page.goto("/");
  await expect(nav(page).getByRole("link", { name: "Calls", exact: true })).toBeVisible();
});

test("the log is filtered by kind, day and number in any format, and every list has an address", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await missedCall(simulator, line);
  await missedCall(simulator, line, "+442079460123");
  await page.goto("/calls");
  await expect(row(page, "Incoming, Missed")).toHaveCount(2);
  await expect(main(page).getByRole("heading", { name: "Today" })).toBeVisible();
  await shoot(page, "calls");
  await expectNoViolations(page);

  await main(page).getByRole("searchbox", { name: "Number" }).fill("(415) 555 01-42");
  await main(page).getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/q=/);
  await expect(row(page, "Incoming, Missed")).toHaveCount(1);
  await expect(row(page, CALLER_SHOWN)).toBeVisible();

  await main(page).getByRole("link", { name: "Outgoing" }).click();
  await expect(page).toHaveURL(/show=outgoing.*q=/);
  await expect(main(page).getByText("No call matches")).toBeVisible();

  await page.goto("/calls?from=2020-01-01&to=2020-12-31");
  await expect(main(page).getByText("No call matches")).toBeVisible();
  await main(page).getByRole("link", { name: "Show all calls" }).click();
  await expect(row(page, "Incoming, Missed")).toHaveCount(2);

  const file = await page.request.get("/api/calls.csv?q=44");
  expect(file.headers()["content-type"]).toContain("text/csv");
  expect(await file.text()).toContain("+442079460123");
  expect(await file.text()).not.toContain(CALLER);
});

test("hostile addresses are answered with a list or a refusal, never with a fault", async ({ page }) => {
  for (const query of ["?show=%3Cscript%3E", "?from=0000-99-99&to=x", `?q=${"9".repeat(3000)}`, "?q=%27%25_%00", "?before=x"]) {
    const answer = await page.request.get(`/calls${query}`, { headers: { accept: "text/html" } });
    expect(answer.status(), query).toBeLessThan(500);
    expect(await answer.text()).not.toContain("<script>alert");
  }
});

test("a call has a page with its timeline", async ({ page, simulator, expectNoViolations, shoot }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await missedCall(simulator, line);
  await page.goto("/calls");
  await row(page, CALLER_SHOWN).getByRole("link", { name: /details/ }).click();
  await expect(page).toHaveURL(/\/calls\/[0-9a-f-]{36}/);
  await expect(main(page).getByRole("heading", { name: CALLER_SHOWN })).toBeVisible();
  await expect(main(page).getByText("The call came in").first()).toBeVisible();
  await expect(main(page).getByText("No open page of Sniko could ring")).toBeVisible();
  await shoot(page, "call");
  await expectNoViolations(page);
});

test("somebody else's call, or none, is not found", async ({ page, expectedErrors }) => {
  expectedErrors.push("404");
  await page.goto("/calls/01890a5d-ac96-774b-bcce-b302099a8057");
  await expect(page.getByText("There is no such call.")).toBeVisible();
});

test("a new call is announced above the list, and nothing moves until it is asked for", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await missedCall(simulator, line);
  await page.goto("/calls");
  await expect(row(page, "Incoming, Missed")).toHaveCount(1);
  await missedCall(simulator, line, "+442079460123");
  const show = main(page).getByRole("button", { name: "1 new call, show" });
  await expect(show).toBeVisible({ timeout: 15_000 });
  await expect(row(page, CALLER_SHOWN)).toHaveCount(1);
  await show.click();
  await expect(row(page, "+44 20 7946 0123")).toBeVisible();
  await expect(show).toBeHidden();
});

test("settings are saved in place, and faults stand beside their fields", async ({
  page,
  simulator,
  expectNoViolations,
  expectedErrors,
  shoot,
}) => {
  expectedErrors.push("422");
  await connectLine(page, await newLine(simulator));
  await page.goto("/settings/calls");
  await shoot(page, "settings-calls");
  await expectNoViolations(page);
  const rules = page.getByRole("region", { name: "How calls are treated" });
  await expect(rules.getByLabel("Forward to", { exact: true })).toBeHidden();
  await rules.getByRole("radio", { name: /Forward to a phone/ }).check();
  await rules.getByLabel("Forward to", { exact: true }).fill("nobody");
  await rules.getByLabel("Countries that may be called").fill("gb, us");
  await expect(rules.getByText("United Kingdom, United States")).toBeVisible();
  await rules.getByRole("button", { name: "Save" }).click();
  await expect(rules.getByLabel("Forward to", { exact: true })).toHaveAccessibleDescription(/not a phone number/);
  await expect(rules.getByLabel("Forward to", { exact: true })).toBeFocused();
  await expect(rules.getByLabel("Forward to", { exact: true })).toHaveValue("nobody");
  await rules.getByLabel("Forward to", { exact: true }).fill("+1 (415) 555-0161");
  await rules.getByRole("button", { name: "Save" }).click();
  await expect(rules.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(rules.getByRole("radio", { name: /Forward to a phone/ })).toBeChecked();
  await expect(rules.getByLabel("Forward to", { exact: true })).toHaveValue("+14155550161");
});

test("the menu shows only the fields that a key needs", async ({ page, simulator, expectNoViolations, shoot }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/settings/calls");
  const menu = page.getByRole("region", { name: "Menu" });
  await expect(menu.getByLabel("Key 1", { exact: true })).toBeHidden();
  await menu.getByRole("checkbox", { name: "Callers hear the menu" }).check();
  await menu.getByLabel("Key 1", { exact: true }).selectOption("Ring me");
  await menu.getByLabel("Key 2", { exact: true }).selectOption("Say something");
  await expect(menu.getByLabel("Phone to forward to with Key 2")).toBeHidden();
  await menu.getByLabel("What is said with Key 2").fill("We open at seven.");
  await shoot(page, "settings-menu");
  await expectNoViolations(page);
  await menu.getByRole("button", { name: "Save menu" }).click();
  await expect(menu.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(menu.getByLabel("What is said with Key 2")).toHaveValue("We open at seven.");
});

test("the wizard ends with a test call", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/twilio/setup");
  const card = page.getByRole("region", { name: "Make a test call" });
  await expect(card.getByText("+1 415-555-0199")).toBeVisible();
  const called = page.evaluate(
    () => new Promise((resolve) => document.addEventListener("sniko:call", (event) => resolve((event as CustomEvent).detail))),
  );
  await card.getByRole("button", { name: "Make a test call" }).click();
  expect(await called).toEqual({ to: "test" });
});
