/**
 * The picture of README: the page itself, at the step where level and edge differ.
 *
 * Two machines draw the same page with different pixels, so that the picture keeps a key instead: the hash of the page's elements and
 * styles at that step. A test compares it with those of the present page.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { textOf, withText } from "./png-text.mjs";

const FILE = "docs/images/page.png";
const KEYWORD = "pollux-page";
/** Nothing was read, and both waits were made again. */
const STEP = 12;

/** Pixels above the stage: less than its distance from what is above it, which would be cut. */
const MARGIN = 8;

/** Options of the browser's profile. */
export const PROFILE = {
  viewport: { width: 1280, height: 800 },
  reducedMotion: "reduce",
  colorScheme: "light",
  locale: "en-US",
};

/** The machine's own browser. */
export function chromiumPath() {
  const command = "command -v chromium-headless-shell chromium chromium-browser google-chrome | head -1";
  return execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim();
}

/**
 * Brings a page to what the picture shows.
 *
 * @param page - of a profile with PROFILE
 * @param address - of the page, without a fragment
 * @returns the key of what it shows
 */
export async function pose(page, address) {
  await page.goto(`${address}#level-and-edge`);
  await page.locator("main[aria-busy=false]").waitFor();
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Answer and run" }).click();
  await page.getByRole("slider").fill(String(STEP));
  await page.locator(".where", { hasText: `${STEP} of` }).waitFor();
  const shown = await page.evaluate(() => {
    const styles = [...document.querySelectorAll("style")].map(({ textContent }) => textContent);
    const fields = [...document.querySelectorAll("input, select")].map(({ value, checked }) => `${value} ${checked}`);
    return [document.documentElement.className, ...styles, ...fields, document.getElementById("page").innerHTML];
  });
  return createHash("sha256")
    .update(JSON.stringify([PROFILE, shown]))
    .digest("hex");
}

/** The key of the committed picture. */
export const keyOfPicture = () => textOf(readFileSync(FILE), KEYWORD);

export async function writePicture(address) {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--hide-scrollbars"],
  });
  const page = await browser.newPage(PROFILE);
  const key = await pose(page, address);
  await page.evaluate((margin) => {
    document.documentElement.style.scrollbarGutter = "auto";
    scrollTo(0, scrollY + document.getElementById("stage").getBoundingClientRect().top - margin);
  }, MARGIN);
  writeFileSync(FILE, withText(await page.screenshot(), KEYWORD, key));
  await browser.close();
}
