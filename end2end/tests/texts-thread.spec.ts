import { expect, test } from "../fixtures";
import { connectLine, newLine } from "./phone";
import { FRIEND, FRIEND_SHOWN, body, entry, main, nav, received, send, textFrom, thread, threadPath } from "./texts";

test.beforeEach(async ({ signUp }) => {
  test.slow();
  await signUp();
});

test("a text is written, sent once and followed to its delivery", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await page.goto("/messages");
  await expect(main(page).getByText("No texts yet")).toBeVisible();
  await shoot(page, "texts-empty");
  await expectNoViolations(page);

  await main(page).getByText("New text", { exact: true }).click();
  await main(page).getByRole("textbox", { name: "To" }).fill("(415) 555-0143");
  await main(page).getByRole("button", { name: "Write a text" }).click();
  await expect(page.getByRole("heading", { name: FRIEND_SHOWN })).toBeVisible();
  await expect(main(page).getByText("Nothing here yet")).toBeVisible();

  await body(page).fill("Are you coming?");
  await expect(main(page).getByText("1 segment", { exact: true })).toBeVisible();
  await expect(main(page).getByText("145 characters left")).toBeVisible();
  await body(page).press("Enter");
  await expect(body(page)).toHaveValue("");
  await expect(body(page)).toBeFocused();
  await expect(entry(page, "Are you coming?")).toContainText("Delivered", { timeout: 15_000 });
  await expect(entry(page, "Are you coming?")).toHaveCount(1);
  expect(await received(simulator, FRIEND, "Are you coming?")).toBe(1);
  await expect(main(page).getByRole("heading", { name: "Today" })).toBeVisible();
  await shoot(page, "thread");
  await expectNoViolations(page);

  await page.goto("/messages");
  await expect(thread(page, FRIEND_SHOWN)).toContainText("You: Are you coming?");
});

test("Shift and Enter begin a line, and the character that forces Unicode is named", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  await body(page).fill("One");
  await body(page).press("Shift+Enter");
  await body(page).pressSequentially("two");
  await expect(body(page)).toHaveValue("One\ntwo");
  await body(page).fill("Zażółć ".repeat(12));
  await expect(main(page).getByText("2 segments, because of “ż” (Unicode)")).toBeVisible();
  await body(page).fill("");
  await expect(main(page).getByText(/segment/)).toHaveCount(0);
});

test("what was begun is kept, listed, and there on another page", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/messages/draft"));
  await body(page).fill("On my way, but");
  await kept;
  await page.goto("/messages");
  await expect(thread(page, FRIEND_SHOWN)).toContainText("Draft: On my way, but");
  await thread(page, FRIEND_SHOWN).getByRole("link").click();
  await expect(body(page)).toHaveValue("On my way, but");
  await send(page).click();
  await expect(entry(page, "On my way, but")).toBeVisible();
  await page.reload();
  await expect(body(page)).toHaveValue("");
});

test("what comes in appears below, is announced, and counts as read only once it is looked at", async ({
  page,
  simulator,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await textFrom(page, simulator, line, FRIEND, "Hello there");
  await page.goto("/");
  await expect(nav(page).getByRole("link", { name: /^Texts/ })).toContainText("(1 unread)");
  await nav(page).getByRole("link", { name: /^Texts/ }).click();
  await expect(thread(page, FRIEND_SHOWN)).toContainText("1 unread");
  await thread(page, FRIEND_SHOWN).getByRole("link").click();
  await expect(entry(page, "Hello there")).toBeVisible();
  await expect(nav(page).getByRole("link", { name: "Texts", exact: true })).toBeVisible();

  await body(page).fill("A draft that stays");
  await textFrom(page, simulator, line, FRIEND, "Second one");
  await expect(entry(page, "Second one")).toBeVisible({ timeout: 15_000 });
  await expect(main(page).getByRole("status").filter({ hasText: "wrote: Second one" })).toHaveCount(1);
  await expect(body(page)).toHaveValue("A draft that stays");
  await page.goto("/");
  await expect(nav(page).getByRole("link", { name: "Texts", exact: true })).toBeVisible();
});

test("a text that is not delivered says why, with Twilio's code, and is sent again", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  await simulator.messagesBehaviour({ outcomes: { [FRIEND]: { undelivered: 30003 } } });
  try {
    await body(page).fill("Will it arrive?");
    await send(page).click();
    const failed = entry(page, "Will it arrive?").first();
    await expect(failed).toContainText("Not delivered:", { timeout: 15_000 });
    await expect(failed.getByRole("link", { name: "Twilio error 30003" })).toHaveAttribute(
      "href",
      "https://www.twilio.com/docs/api/errors/30003",
    );
    await shoot(page, "thread-failed");
    await expectNoViolations(page);
  } finally {
    await simulator.messagesBehaviour({ outcomes: { [FRIEND]: null } });
  }
  await entry(page, "Will it arrive?").first().getByRole("button", { name: "Retry" }).click();
  await expect(entry(page, "Will it arrive?").filter({ hasText: "Delivered" })).toHaveCount(1, { timeout: 15_000 });
});

test("where nobody knows whether a text was sent, sending it again is asked for first", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  const create = { method: "POST", path: "/Messages.json", effect: "drop_before" };
  const lookUp = { method: "GET", path: "/Messages.json", effect: { status: { status: 503, code: 20503, message: "Down" } } };
  const faults = [await simulator.inject({ ...create, times: null }), await simulator.inject({ ...lookUp, times: null })];
  try {
    await body(page).fill("Did you get this?");
    await send(page).click();
    const doubtful = entry(page, "Did you get this?");
    await expect(doubtful).toContainText("Not known whether it was sent", { timeout: 25_000 });
    await doubtful.getByText("Retry", { exact: true }).click();
    await expect(doubtful).toContainText("arrives twice");
    await expect(doubtful.getByRole("button", { name: "Send it again" })).toBeVisible();
  } finally {
    for (const fault of faults) await simulator.removeFault(fault);
  }
  await entry(page, "Did you get this?").getByRole("button", { name: "Send it again" }).click();
  await expect(entry(page, "Did you get this?")).toContainText("Delivered", { timeout: 15_000 });
});

test("a text is put off, shown with its time, and called off", async ({ page, simulator }) => {
  await connectLine(page, await newLine(simulator));
  await page.goto(threadPath(FRIEND));
  await body(page).fill("Happy birthday");
  await main(page).getByText("Send later", { exact: true }).click();
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await main(page).getByLabel("Day and time").fill(`${tomorrow}T09:30`);
  await send(page).click();
  await expect(entry(page, "Happy birthday")).toContainText("Scheduled for");
  await entry(page, "Happy birthday").getByRole("button", { name: "Cancel" }).click();
  await expect(entry(page, "Happy birthday")).toContainText("Cancelled");
  expect(await received(simulator, FRIEND, "Happy birthday")).toBe(0);
});

test("somebody who sent STOP is not written to until he sends START", async ({
  page,
  simulator,
  expectNoViolations,
  shoot,
}) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  await textFrom(page, simulator, line, FRIEND, "STOP");
  await page.goto(threadPath(FRIEND));
  await expect(body(page)).toBeDisabled();
  await expect(main(page).getByText(/asked for no more texts/)).toBeVisible();
  await expect(send(page)).toHaveCount(0);
  await shoot(page, "thread-stopped");
  await expectNoViolations(page);
  await textFrom(page, simulator, line, FRIEND, "START");
  await expect(body(page)).toBeEnabled({ timeout: 15_000 });
});

test("without a connection the composer says so, and leads to it", async ({ page, expectNoViolations }) => {
  await page.goto("/messages");
  await expect(main(page).getByText("No number is connected")).toBeVisible();
  await page.goto(threadPath(FRIEND));
  await expect(body(page)).toBeDisabled();
  await expect(main(page).getByRole("link", { name: "Connect your Twilio account" })).toBeVisible();
  await expectNoViolations(page);
});

test("calls and texts with one person stand in one timeline", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const sid = await simulator.call(line.sid, FRIEND, line.number, { hangs_up_after_ms: 700 });
  await expect
    .poll(async () => (await simulator.calls()).find((call) => call.sid === sid)?.status, { timeout: 15_000 })
    .toMatch(/completed|no-answer|canceled/);
  await page.goto("/calls");
  await main(page).getByRole("link", { name: `Texts with ${FRIEND_SHOWN}` }).first().click();
  await expect(page.getByRole("heading", { name: FRIEND_SHOWN })).toBeVisible();
  await expect(entry(page, "Incoming, Missed")).toBeVisible();
  await body(page).fill("You called?");
  await send(page).click();
  await expect(entry(page, "You called?")).toBeVisible();
  await expect(main(page).getByRole("button", { name: `Call ${FRIEND_SHOWN}` })).toBeVisible();
});

test("hostile texts are shown as they are", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const hostile = "<img src=x onerror=alert(1)> {{7*7}} \u202egnp.exe https://evil.example/<b>";
  await simulator.text(line.sid, FRIEND, line.number, hostile);
  await expect(async () => {
    await page.goto(threadPath(FRIEND));
    await expect(entry(page, "onerror=alert(1)")).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(main(page).locator(".bubble img")).toHaveCount(0);
  await expect(main(page).getByRole("link", { name: /evil\.example/ })).toHaveAttribute("rel", /noopener/);
});

test("a picture is shown through Sniko, with words for those who do not see it", async ({ page, simulator }) => {
  const line = await newLine(simulator);
  await connectLine(page, line);
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await simulator.text(line.sid, FRIEND, line.number, "Look", [{ content_type: "image/png", bytes: pixel }]);
  await expect(async () => {
    await page.goto(threadPath(FRIEND));
    await expect(entry(page, "Look")).toBeVisible({ timeout: 500 });
  }).toPass();
  const picture = entry(page, "Look").getByRole("img", { name: `Picture from ${FRIEND_SHOWN}, opens alone` });
  await expect(picture).toHaveAttribute("src", /^\/api\/messages\/[0-9a-f-]{36}\/media\/0$/);
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 10_000 })
    .toBe(1);
});
