import { defineConfig } from "@playwright/test";
import { microphoneFile } from "./audio";

/** A Chromium of the system; Playwright's own where none is named. */
const executablePath = process.env.SNIKO_CHROMIUM;

export default defineConfig({
  testDir: "tests",
  globalSetup: "./global-setup.ts",
  outputDir: "test-results",
  // A test that passes only the second time has failed.
  retries: 0,
  // Each worker starts a server and a simulator of its own.
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  reporter: "list",
  timeout: 30_000,
  use: {
    browserName: "chromium",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        // A browser under test talks to the server under test and to nobody else.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        // A microphone that hums, and audio on a machine that has only a loopback network.
        `--use-file-for-fake-audio-capture=${microphoneFile()}`,
        "--allow-loopback-in-peer-connection",
      ],
    },
  },
  projects: [
    { name: "javascript", testIgnore: "**/*.nojs.spec.ts" },
    { name: "no-javascript", testMatch: "**/*.nojs.spec.ts", use: { javaScriptEnabled: false } },
  ],
});
