import { expect, test } from "../fixtures";

test.use({ expectedErrors: ["script-src", "Content Security Policy", "integrity", "dynamically imported module"] });

test("what a page's policy forbids does not happen, and every test would hear of it", async ({ page, errors }) => {
  await page.goto("/sign-in");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.body.append(script);
  });
  await expect.poll(() => errors.filter((error) => error.startsWith("policy: script-src-elem forbids inline")).length).toBe(1);
  expect(await page.title()).not.toBe("taken over");
});

test("the program is not run when it is not the one that was built", async ({ page, errors, baseURL }) => {
  await page.route("**/pkg/*.js", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `${await answer.text()}\n;document.title = "taken over";` });
  });
  // Nothing wakes up, so this is not what the fixture's `page.goto` waits for.
  await page.evaluate((url) => location.assign(url), `${baseURL}/sign-in`);
  await expect.poll(() => errors.filter((error) => error.includes("integrity")).length).toBeGreaterThan(0);
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  expect(await page.title()).not.toBe("taken over");
});
