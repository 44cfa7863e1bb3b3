import { expect, test } from "../fixtures";
import { connectLine, newLine } from "./phone";
import { FRIEND, FRIEND_SHOWN, body, entry, main, send, textFrom, thread } from "./texts";

test.beforeEach(async ({ signUp }) => {
  test.slow();
  await signUp();
});

test("texts are read, written, kept and named without JavaScript", async ({ page, simulator, shoot }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await textFrom(page, simulator, line, FRIEND, "Hello there");
  await page.goto("/messages");
  await expect(thread(page, FRIEND_SHOWN)).toContainText("1 unread");
  await thread(page, FRIEND_SHOWN).getByRole("link").click();
  await main(page).getByRole("button", { name: "Mark as read (1 unread)" }).click();
  await expect(main(page).getByRole("button", { name: /Mark as read/ })).toHaveCount(0);

  await body(page).fill("A beginning");
  await main(page).getByRole("button", { name: "Keep as draft" }).click();
  await expect(body(page)).toHaveValue("A beginning");
  await body(page).fill("A beginning and an end");
  await send(page).click();
  await expect(entry(page, "A beginning and an end")).toBeVisible();
  await expect(body(page)).toHaveValue("");
  await expect(async () => {
    await page.reload();
    await expect(entry(page, "A beginning and an end")).toContainText("Delivered", { timeout: 500 });
  }).toPass();

  await main(page).getByText("Give a name", { exact: true }).click();
  await main(page).getByRole("textbox", { name: "Name", exact: true }).fill("Maria");
  await main(page).getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("heading", { name: "Maria" })).toBeVisible();
  await shoot(page, "thread");
});

test("a number is written to, a refusal told, and settings saved without JavaScript", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto("/messages");
  await main(page).getByText("New text", { exact: true }).click();
  await main(page).getByRole("textbox", { name: "To" }).fill("+1 415 555 0143");
  await main(page).getByRole("button", { name: "Write a text" }).click();
  await expect(page.getByRole("heading", { name: FRIEND_SHOWN })).toBeVisible();
  await body(page).fill("Too late");
  await main(page).getByText("Send later", { exact: true }).click();
  await main(page).getByLabel("Day and time").fill("2020-01-01T09:30");
  await send(page).click();
  await expect(main(page).getByText("This text cannot be sent")).toBeVisible();
  await expect(body(page)).toHaveValue("Too late");

  await page.goto("/settings/texts");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(main(page).getByText("Saved.", { exact: false })).toBeVisible();
});
