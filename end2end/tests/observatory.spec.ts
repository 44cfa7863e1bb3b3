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
    const check = async (path: string, cookie?: string) => {
      const score = await scan(path, cookie);
      const said = `${path} ${cookie ? "signed in" : "before signing in"}: ${JSON.stringify(score)}`;
      expect(score.grade, said).toBe("A+");
      expect(score.score, said).toBeGreaterThanOrEqual(140);
      expect(score.tests.cookies, said).toBe("5 cookies-secure-with-httponly-sessions-and-samesite");
    };
    for (const path of ["/", "/sign-in", "/sign-up", "/developers"]) {
      await check(path);
    }
    const cookie = await signUp(front);
    for (const path of ["/", "/calls", "/messages", "/twilio/setup", "/settings/sessions"]) {
      await check(path, cookie);
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
