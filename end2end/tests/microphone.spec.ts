import { expect, test } from "../fixtures";
import { button, connectLine, dial, newLine, openPhone, phone } from "./phone";

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
  await openPhone(page);
  await dial(page, "+14155550199");
  await expect(phone(page)).toContainText(/microphone/i);
  await expect(phone(page)).toContainText(/allow/i);
  await shoot(page, "phone-microphone-denied");
  await expect(button(page, "End call")).toBeHidden();
});
