/**
 * What a mid-range phone makes of the page: first paint, bytes, and the longest task of each scene, with their limits.
 *
 * The unit of time is a reference computation, for which the phone takes PHONE_MS. So a limit is a ratio, and means the same on any
 * machine. A task is measured in processor time of the page's main thread, which other programs do not change. Chromium's own
 * slowdown is wrong on a busy machine: it slows the page down for the time of other programs too.
 */
import { chromium } from "playwright-core";
import { chromiumPath } from "./site-picture.mjs";
import { SCENES } from "./site-scenes.mjs";
import { longestTask } from "./site-trace.mjs";

/** Milliseconds that a mid-range phone takes for `reference`: the longest that a page may freeze. */
const PHONE_MS = 100;
/** "Slow 4G" as Lighthouse has it. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: 750e3 / 8 };
/** In reference computations: a second, and a tenth of it. */
const MAX_PAINT = 10;
const MAX_TASK = 1;
const MAX_BYTES = 200_000;
/** What disturbs a scene only adds to it, so that the best of some rounds is the truth. */
const ROUNDS = 3;
const TRIALS = 5;

/** Objects, strings and numbers, as a page has them. A quarter of PHONE_MS on the machine that this was written on. */
function reference() {
  let sum = 0;
  for (let round = 0; round < 340; round++) {
    const list = Array.from({ length: 1000 }, (_, index) => ({ index, text: `${round}:${index}` }));
    for (const { index, text } of list) sum = (sum * 31 + index + text.charCodeAt(text.length - 1)) | 0;
  }
  return sum;
}

/** Runs the computation as a page would, because the calls of DevTools are not counted. */
const inTask = (source) =>
  new Promise((resolve) => {
    const script = document.createElement("script");
    script.textContent = source;
    setTimeout(() => resolve(document.head.append(script)));
  });

/** Milliseconds of processor time. */
async function referenceTime(page, client) {
  const times = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    const { time } = await longestTask(client, () => page.evaluate(inTask, `(${reference})()`));
    times.push(time);
  }
  return Math.min(...times);
}

/** Gives a page of a new profile, with a phone's screen, to `does`. */
async function withPhone(browser, locale, does) {
  const size = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 3, isMobile: true, locale };
  const context = await browser.newContext(size);
  try {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    return await does(page, client, await referenceTime(page, client));
  } finally {
    await context.close();
  }
}

async function playScene(browser, address, { act, load, isLoad = false, locale = "en-US" }) {
  return withPhone(browser, locale, async (page, client, unit) => {
    let received = 0;
    if (isLoad) {
      await client.send("Network.enable");
      await client.send("Network.emulateNetworkConditions", NETWORK);
      client.on("Network.loadingFinished", ({ encodedDataLength }) => (received += encodedDataLength));
    }
    await load?.(page, address, client);
    const { time, parts, untilPaint } = await longestTask(client, () => act(page, address, client));
    const figures = { task: time / unit, parts: parts.map((part) => ({ ...part, time: part.time / unit })), received };
    if (!isLoad) return figures;
    const [paint] = await page.evaluate(() =>
      performance.getEntriesByName("first-contentful-paint").map(({ startTime }) => startTime),
    );
    // The network takes its time, and the processor a phone's.
    return { ...figures, paint: (paint - untilPaint) / PHONE_MS + untilPaint / unit };
  });
}

/** Rounds of a scene, until one keeps the limits. */
async function playSome(browser, address, scene) {
  const rounds = [];
  while (rounds.length < ROUNDS) {
    const figures = await playScene(browser, address, scene);
    rounds.push(figures);
    if (figures.task <= MAX_TASK && (figures.paint ?? 0) <= MAX_PAINT) break;
  }
  return rounds;
}

const asPhone = (ratio) => `${Math.round(ratio * PHONE_MS)} ms`;

/**
 * Prints the figures in milliseconds of the phone.
 *
 * @param only - a part of the names of the scenes to play; all without it
 * @returns whether all limits are kept
 */
export async function printFigures(address, only = "") {
  const missed = [];
  const check = (name, value, limit, text) => {
    console.log(`${text.padStart(8)}  ${name}`);
    if (value > limit) missed.push(`${name}: ${text}`);
  };
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  try {
    for (const scene of SCENES.filter(({ name }) => name.includes(only))) {
      const rounds = await playSome(browser, address, scene);
      const { task, parts } = rounds.reduce((one, other) => (other.task < one.task ? other : one));
      check(`longest task: ${scene.name}`, task, MAX_TASK, asPhone(task));
      if (task > MAX_TASK)
        for (const { name, time, where } of parts) console.log(`            ${asPhone(time)} ${name} ${where}`);
      if (scene.isLoad !== true) continue;
      const paint = Math.min(...rounds.map((figures) => figures.paint));
      check(`first paint: ${scene.name}`, paint, MAX_PAINT, asPhone(paint));
      const { received } = rounds[0];
      check(`received: ${scene.name}`, received, MAX_BYTES, `${Math.round(received / 1000)} KB`);
    }
  } finally {
    await browser.close();
  }
  for (const figure of missed) console.error(`missed: ${figure}`);
  if (missed.length === 0)
    console.log(`kept: tasks ${asPhone(MAX_TASK)}, first paint ${asPhone(MAX_PAINT)}, ${MAX_BYTES / 1000} KB`);
  return missed.length === 0;
}
