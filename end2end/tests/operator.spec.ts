import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, serve, test } from "../fixtures";
import { freePort } from "../process";

const PASSWORD = "correct horse battery";

test("an operator sees how the installation fares, and erases a person", async ({
  page,
  shoot,
  expectNoViolations,
  expectedErrors,
}) => {
  test.slow();
  // The browser itself reports the page's own status.
  expectedErrors.push("404");
  // An installation of its own, in which this is the first account.
  const folder = await mkdtemp(join(tmpdir(), "sniko-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await serve(folder, port, { APP_URL: url });
  try {
    const signUp = async () => {
      const email = `${randomUUID()}@example.com`;
      const answer = await page.request.post(`${url}/auth/sign-up`, {
        form: { email, password: PASSWORD },
        headers: { accept: "application/json", origin: url },
      });
      expect(answer.status()).toBe(201);
      return email;
    };
    const operator = await signUp();
    const other = await signUp();
    // The second one is signed in now, and is nobody special.
    const refused = await page.goto(`${url}/operator`);
    expect(refused?.status()).toBe(404);
    await page.goto(`${url}/settings/account`);
    await expect(page.getByRole("link", { name: "Operator" })).toHaveCount(0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${url}/sign-in?next=%2Foperator`);
    await page.getByLabel("E-mail").fill(operator);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Operator", level: 1 })).toBeVisible();
    await expect(page.getByText("2 people have an account here.")).toBeVisible();
    await expectNoViolations(page);
    await shoot(page, "operator");

    await page.getByText(`Erase… ${other}`).click();
    await page.getByLabel("Their e-mail address, to confirm").fill(other);
    await page.getByRole("button", { name: "Erase this person" }).click();
    await expect(page.getByText("everything that was stored of that person is erased")).toBeVisible();
    await expect(page.getByText("One person has an account here.")).toBeVisible();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
