import { expect, test } from "../fixtures";
import { CALLER, CALLER_SHOWN, connectLine, expectEnded, newLine } from "./phone";

test.beforeEach(async ({ signUp }) => {
  await signUp();
});

test("the call log and its filters work without JavaScript", async ({ page, simulator, shoot }) => {
  test.slow();
  const line = await newLine(simulator);
  await connectLine(page, line);
  const sid = await simulator.call(line.sid, CALLER, line.number, { hangs_up_after_ms: 700 });
  await expectEnded(simulator, sid, "completed");
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: CALLER_SHOWN });
  await expect(async () => {
    await page.goto("/calls");
    await expect(row).toContainText("Missed", { timeout: 500 });
  }).toPass();
  await expect(page.getByRole("button", { name: /Call back|Copy/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Mark missed calls as seen" }).click();
  await expect(page.getByRole("button", { name: "Mark missed calls as seen" })).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Number" }).fill("0142");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(row).toBeVisible();
  await shoot(page, "calls");
  await row.getByRole("link", { name: /details/ }).click();
  await expect(page.getByText("The call came in").first()).toBeVisible();
});

test("settings and menu are saved without JavaScript", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/settings/calls");
  const rules = page.getByRole("region", { name: "How calls are treated" });
  await rules.getByRole("radio", { name: /Forward to a phone/ }).check();
  await rules.getByLabel("Forward to", { exact: true }).fill("nobody");
  await rules.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Nothing is saved yet")).toBeVisible();
  await rules.getByRole("radio", { name: /Forward to a phone/ }).check();
  await expect(rules.getByLabel("Forward to", { exact: true })).toHaveAccessibleDescription(/phone that may be called/);
  await rules.getByLabel("Forward to", { exact: true }).fill("+1 415 555 0161");
  await rules.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved. It holds from the next call on.")).toBeVisible();

  const menu = page.getByRole("region", { name: "Menu" });
  await menu.getByRole("checkbox", { name: "Callers hear the menu" }).check();
  await menu.getByLabel("Key 1", { exact: true }).selectOption("Ring me");
  await menu.getByRole("button", { name: "Save menu" }).click();
  await expect(page.getByText("The menu is saved.")).toBeVisible();
  await expect(menu.getByLabel("Key 1", { exact: true })).toHaveValue("ring");
});

test("the test call says that calling needs JavaScript", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/twilio/setup");
  await expect(page.locator("main noscript p")).toContainText("Calling needs JavaScript");
  await expect(page.locator("main noscript p")).toBeVisible();
});
