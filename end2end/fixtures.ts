import { AxeBuilder } from "@axe-core/playwright";
import { type BrowserContext, type Page, test as base, expect } from "@playwright/test";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, freePort } from "./process";
import { programs, root, simulator as simulatorProgram } from "./programs";
import { Simulator } from "./simulator";

export { expect };

/** A server of its own database, and the simulator it speaks to. */
export interface Stack {
  url: string;
  simulator: Simulator;
}

export interface User {
  email: string;
  password: string;
}

interface Fixtures {
  simulator: Simulator;
  /** Makes a new user and signs the page's browser in. */
  signUp: () => Promise<User>;
  /** No violation of WCAG 2.2 A and AA on the page as it stands. */
  expectNoViolations: (page: Page) => Promise<void>;
  /** Pictures into `screenshots/`, wide and narrow, light and dark. */
  shoot: (page: Page, name: string) => Promise<void>;
  /** Errors that a test causes on purpose, by a part of their text. */
  expectedErrors: string[];
  /** What went wrong on any page so far, violations of the pages' policies included. */
  errors: string[];
}

const WIDTHS = [1280, 390];
/** A phone, or a screen of 1280 px at 400 %: WCAG 1.4.10. */
const NARROWEST = 320;
const SCHEMES = ["light", "dark"] as const;

/** Nothing of the developer's own settings reaches the server under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const settings = /^(APP_|DATABASE_URL$|LEPTOS_|SIGN_UP$|SMS_|TRUSTED_PROXIES$|TWILIO_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}

/** A server on this port whose database is in the folder, with these settings and no others. */
export function serve(folder: string, port: number, settings: NodeJS.ProcessEnv): Promise<Program> {
  return Program.start(join(programs(), "sniko"), ["serve"], {
    cwd: root,
    env: {
      ...cleanEnvironment(),
      APP_KEYS: `test:${randomBytes(32).toString("base64")}`,
      DATABASE_URL: `sqlite://${join(folder, "sniko.db")}`,
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      ...settings,
    },
    ready: `http://127.0.0.1:${port}/readyz`,
  });
}

export const test = base.extend<Fixtures, { stack: Stack }>({
  stack: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "sniko-"));
      const [simulatorPort, serverPort] = [await freePort(), await freePort()];
      const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
      const url = `http://127.0.0.1:${serverPort}`;
      const simulator = await Program.start(simulatorProgram(), ["--listen", `127.0.0.1:${simulatorPort}`], {
        cwd: folder,
        env: cleanEnvironment(),
        ready: simulatorUrl,
      });
      const server = await serve(folder, serverPort, {
        APP_URL: url,
        TWILIO_API_URL: simulatorUrl,
        TWILIO_SIGNALLING_HOST: `127.0.0.1:${simulatorPort}`,
      });
      await use({ url, simulator: new Simulator(simulatorUrl) });
      await server.stop();
      await simulator.stop();
      await rm(folder, { recursive: true });
    },
    { scope: "worker" },
  ],

  baseURL: ({ stack }, use) => use(stack.url),

  simulator: ({ stack }, use) => use(stack.simulator),

  expectedErrors: ({}, use) => use([]),

  errors: ({}, use) => use([]),

  context: async ({ context, expectedErrors, errors }, use) => {
    await watch(context, errors);
    await use(context);
    const unexpected = errors.filter((error) => !expectedErrors.some((expected) => error.includes(expected)));
    expect(unexpected, "errors in the browser's console").toEqual([]);
  },

  page: async ({ page }, use, { project }) => {
    if (project.use.javaScriptEnabled !== false) {
      waitForHydration(page);
    }
    await use(page);
  },

  signUp: async ({ page, baseURL }, use) => {
    await use(async () => {
      const user = { email: `${randomUUID()}@example.com`, password: `password-${randomUUID()}` };
      const answer = await page.request.post("/auth/sign-up", {
        form: { ...user },
        headers: { accept: "application/json", origin: baseURL ?? "" },
      });
      expect(answer.status()).toBe(201);
      return user;
    });
  },

  expectNoViolations: async ({}, use) => {
    await use(async (page) => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
      const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`));
      expect(found, `accessibility of ${page.url()}`).toEqual([]);
    });
  },

  shoot: async ({}, use, { project }) => {
    await use(async (page, name) => {
      const before = page.viewportSize();
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          await expectNoSidewaysScroll(page, `${name} at ${width} px`);
          const path = join(root, "end2end/screenshots", `${name}-${project.name}-${width}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
      await page.setViewportSize({ width: NARROWEST, height: 800 });
      await expectNoSidewaysScroll(page, `${name} at ${NARROWEST} px`);
      await page.emulateMedia({ colorScheme: null, reducedMotion: null });
      if (before) await page.setViewportSize(before);
    });
  },
});

async function expectNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  // The window has its new width a moment before the page is laid out for it.
  await expect.poll(overflow, { message: `${what} scrolls sideways`, timeout: 2000 }).toBeLessThanOrEqual(0);
}

/** Collects what goes wrong on any page of the browser: errors, and whatever the page's policies forbid. */
async function watch(context: BrowserContext, errors: string[]): Promise<void> {
  context.on("console", (message) => {
    // Some violations are told as warnings.
    const forbidden = /content.security.policy|permissions.policy|cross-origin-(opener|resource)/i.test(message.text());
    if (message.type() === "error" || forbidden) errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => errors.push(String(error.error())));
  await context.addInitScript(reportViolations);
}

/** Runs in every page before its own scripts: tells of each violation, also of those that a browser tells only to a report's address. */
function reportViolations(): void {
  const tell = (violation: string) => console.error(`policy: ${violation}`);
  addEventListener("securitypolicyviolation", (event) => {
    const { effectiveDirective, blockedURI, sourceFile, lineNumber, sample } = event;
    tell(`${effectiveDirective} forbids ${blockedURI} ${sample} on ${location.href} (${sourceFile}:${lineNumber})`);
  });
  const types = ["csp-violation", "permissions-policy-violation", "integrity-violation", "coep", "coop"];
  new ReportingObserver((reports) => {
    for (const { type, url, body } of reports) {
      if (types.includes(type)) tell(`${type} on ${url}: ${JSON.stringify(body)}`);
    }
  }, { buffered: true }).observe();
}

/** After each navigation, waits until the page has woken up: a click before that would be lost. */
function waitForHydration(page: Page): void {
  const hydrated = () => page.locator("body[data-hydrated]").waitFor({ state: "attached" });
  for (const method of ["goto", "reload", "goBack", "goForward"] as const) {
    const original = page[method].bind(page) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(page, {
      [method]: async (...args: unknown[]) => {
        const answer = await original(...args);
        if (await page.locator("body").count()) await hydrated();
        return answer;
      },
    });
  }
}
