/** The picture of README: the page itself, at the step where level and edge differ. */
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

const FILE = "docs/images/page.png";
const SIZE = { width: 1280, height: 800 };
/** Nothing was read, and both waits were made again. */
const STEP = 12;

/** The machine's own browser. */
export function chromiumPath() {
  const command = "command -v chromium chromium-browser google-chrome | head -1";
  return execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim();
}

export async function writePicture(address) {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--hide-scrollbars"],
  });
  const page = await browser.newPage({ viewport: SIZE, reducedMotion: "reduce", colorScheme: "light" });
  await page.goto(`${address}#level-and-edge`);
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Answer and run" }).click();
  await page.getByRole("slider").fill(String(STEP));
  await page.locator(".where", { hasText: `${STEP} of` }).waitFor();
  await page.locator("#stage").evaluate((stage) => scrollTo(0, stage.offsetTop - 24));
  await page.screenshot({ path: FILE });
  await browser.close();
}
