import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, serve, test } from "../fixtures";
import { Front } from "../https";
import { freePort } from "../process";
import { root } from "../programs";

interface Score {
  score: number;
  grade: string;
  tests: Record<string, string>;
}

test("Mozilla's Observatory gives all the points that there are without being on a browser's list", async ({}, info) => {
  info.setTimeout(90_000);
  const folder = await mkdtemp(join(tmpdir(), "sniko-"));
  const [outer, inner] = [await freePort(), await freePort()];
  const front = await Front.start(outer, inner);
  const server = await serve(folder, inner, { APP_URL: front.url });
  const trusted = join(folder, "certificate.pem");
  await writeFile(trusted, front.certificate);
  const scan = async (path: string, cookie?: string): Promise<Score> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["observatory.mjs", `localhost:${front.port}${path}`, ...(cookie ? [cookie] : [])],
      { cwd: join(root, "end2end"), env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted } },
    );
    return JSON.parse(stdout);
  };
  try {
    const cookie = await signUp(front);
    for (const path of ["/", "/sign-in", "/twilio/setup", "/settings/sessions"]) {
      const score = await scan(path, cookie);
      expect(score, `${path}: ${JSON.stringify(score)}`).toMatchObject({ grade: "A+", score: 140 });
    }
    // Five of them are for a cookie's flags, and nobody gets a cookie who has not signed in.
    for (const path of ["/", "/sign-in", "/sign-up"]) {
      const score = await scan(path);
      expect(score, `${path}: ${JSON.stringify(score)}`).toMatchObject({ grade: "A+", score: 135 });
      expect(score.tests.cookies).toBe("0 cookies-not-found");
    }
  } finally {
    await server.stop();
    front.stop();
    await rm(folder, { recursive: true });
  }
});

/** Signs a new user up; the header that sets his cookie. */
function signUp(front: Front): Promise<string> {
  const form = new URLSearchParams({ email: `${randomUUID()}@example.com`, password: randomBytes(12).toString("hex") });
  return new Promise((resolve, reject) => {
    const asked = request(
      `${front.url}/auth/sign-up`,
      {
        method: "POST",
        ca: front.certificate,
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json", origin: front.url },
      },
      (answer) => {
        answer.resume();
        const cookie = answer.headers["set-cookie"]?.[0];
        if (cookie) resolve(cookie);
        else reject(new Error(`no cookie with ${answer.statusCode}`));
      },
    );
    asked.on("error", reject);
    asked.end(form.toString());
  });
}
