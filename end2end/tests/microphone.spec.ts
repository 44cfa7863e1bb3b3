import { expect, test } from "../fixtures";
import { button, connectLine, newLine, phone, status } from "./phone";

// A browser that asks, and a person who says no.
test.use({ permissions: [] });

test("a denied microphone is explained, with the way out", async ({ page, simulator, signUp, shoot, expectedErrors }) => {
  expectedErrors.push("NotAllowedError", "31401", "Permission");
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  });
  await signUp();
  const line = await newLine(simulator);
  await connectLine(page, line);
  await page.goto("/calls");
  await expect(status(page)).toContainText("No microphone");
  await expect(phone(page)).toContainText(/microphone/i);
  await expect(phone(page)).toContainText(/allow/i);
  await shoot(page, "phone-microphone-denied");
  await expect(button(page, "End call")).toBeHidden();
});
