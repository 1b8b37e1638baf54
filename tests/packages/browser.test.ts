/** examples/browser in a real browser, without a head: a WASI program and the library, over a simulated network. */
import { expect, it } from "vitest";
import { BROWSER } from "../../runtimes/browser.ts";
import { Site } from "../browser.ts";

it("in Chromium, a WASI program echoes every byte to clients of the library", async ({ skip }) => {
  if (BROWSER.missing !== undefined) skip(BROWSER.missing);
  await using site = await Site.open();
  const page = await site.page();
  const failures: string[] = [];
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("requestfailed", (request) => failures.push(request.url()));
  await page.goto(site.address("examples/browser/index.html"));
  // The test's time limit is the only one; a page whose script fails never gets there.
  await Promise.race([
    page.waitForSelector("body[data-done]", { state: "attached", timeout: 0 }),
    page.waitForEvent("pageerror", { timeout: 0 }),
  ]);
  const text = await page.textContent("pre");
  expect(failures).toEqual([]);
  expect(text).toMatch(/^20 of 20 clients got back the 60000 bytes that they had sent, in \d+ ms of simulated time$/m);
  expect(said.filter((line) => / came\b/.test(line))).toHaveLength(20);
});
