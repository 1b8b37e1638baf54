/** What a phone makes of the page: first paint, the longest task, and bytes. A mid-range phone is four times slower than this machine. */
import { chromium } from "playwright-core";
import { chromiumPath } from "./site-picture.mjs";

const SLOWER = 4;
/** "Slow 4G" as Lighthouse has it. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: 750e3 / 8 };
const RUN_MS = 8000;

/** Notes long tasks from the first moment. */
const OBSERVER = `
  globalThis.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
  }).observe({ type: "longtask", buffered: true });
`;

export async function printFigures(address) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 3, isMobile: true });
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", NETWORK);
  let received = 0;
  client.on("Network.loadingFinished", ({ encodedDataLength }) => (received += encodedDataLength));
  await page.addInitScript(OBSERVER);
  await page.goto(`${address}#level-and-edge`);
  await page.locator(".timeline").waitFor();
  const figures = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ready: performance.now(),
    loading: globalThis.longest,
  }));
  await page.evaluate(() => (globalThis.longest = 0));
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Answer and run" }).click();
  await page.waitForTimeout(RUN_MS);
  const running = await page.evaluate(() => globalThis.longest);
  const ms = (time) => `${Math.round(time)} ms`;
  console.log(`first paint        ${ms(figures.paint)}`);
  console.log(`ready for input    ${ms(figures.ready)}`);
  console.log(`longest task       ${ms(figures.loading)} while it loads, ${ms(running)} while it runs`);
  console.log(`received           ${Math.round(received / 1000)} KB`);
  await browser.close();
}
