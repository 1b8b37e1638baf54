/** The five models in the page: let them run, stop them, drag the time, change the sender's pace. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Site } from "../browser.ts";

let site: Site;
let page: Page;

beforeAll(async () => {
  site = await Site.open();
  page = await site.page({ locale: "en-US", viewport: { width: 1440, height: 900 } });
  await page.goto(`${site.address("dist/site/index.html")}#five-models`);
  await page.locator(".lane").last().waitFor();
});
afterAll(() => site[Symbol.asyncDispose]());

const time = () => page.getByRole("slider", { name: "Time", exact: true });
const lane = (name: string) => page.locator(".lane").filter({ has: page.getByRole("heading", { name, exact: true }) });
const counts = (name: string) => lane(name).locator(".counts").innerText();

it("drags the time, and says what each program does and has done", async () => {
  await time().fill("300");
  expect(await lane("Blocking").locator(".state").innerText()).toBe("asleep in a call");
  expect(await counts("Blocking")).toBe("2 × recv, 0 × EAGAIN, 0 × own work");
  expect(await lane("Asynchronous").locator(".state").innerText()).toBe("computes");
  expect(await counts("Asynchronous")).toMatch(/^0 × recv, 0 × EAGAIN, \d+ × own work$/);
  expect(await counts("Non-blocking")).not.toMatch(/ 0 × EAGAIN/);
  await time().fill("0");
  expect(await counts("Multiplexing")).toBe("0 × recv, 0 × EAGAIN, 0 × own work");
});

it("runs and stops", async () => {
  const now = async () => Number(await time().inputValue());
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(now).toBeGreaterThan(5);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const stopped = await now();
  await page.waitForTimeout(200);
  expect(await now()).toBe(stopped);
});

it("runs the models anew when the sender's pace changes", async () => {
  const pace = page.getByRole("slider", { name: /^Between messages/ });
  await pace.fill("240");
  await expect.poll(() => time().getAttribute("max")).toBe("960");
  await time().fill("960");
  expect(await counts("Multiplexing")).toBe("9 × recv, 0 × EAGAIN, 0 × own work");
});
