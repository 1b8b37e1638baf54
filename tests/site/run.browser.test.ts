/** A run of the real command, opened and stepped through in Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Timed } from "../../wasi-host/internal-story.ts";
import { Site } from "../browser.ts";
import { violations } from "./accessibility.ts";
import { recordedRun } from "./recorded-run.ts";

const PAGE = "dist/site/index.html#run";
type Wait = Extract<Timed, { event: "epoll_wait" }>;

const folder = mkdtempSync(path.join(tmpdir(), "pollux-opened-"));

let site: Site;
let page: Page;
let source: string;
let events: Timed[];
const requests: string[] = [];
const errors: string[] = [];

beforeAll(async () => {
  [site, source] = await Promise.all([Site.open(), recordedRun()]);
  events = source
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  page = await site.page({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(5000);
  page.on("pageerror", (error) => errors.push(error.message));
  await load();
  page.on("request", (request) => requests.push(request.url()));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await site[Symbol.asyncDispose]();
});

async function load(): Promise<void> {
  await page.goto("about:blank");
  await page.goto(site.address(PAGE));
  await page.locator(".opener").waitFor();
}

const field = () => page.getByRole("textbox", { name: "Text of a run" });
const button = (name: string) => page.getByRole("button", { name, exact: true });
const pane = (name: string) => page.getByRole("region", { name, exact: true });
const members = async (label: string) =>
  pane("This step").locator(".lists > div", { hasText: label }).locator("code").allInnerTexts();
const alert = () => page.getByRole("alert").innerText();

async function paste(text: string): Promise<void> {
  if (await button("Open another run").isVisible()) await button("Open another run").click();
  await field().fill(text);
  await button("Open").click();
}

describe("a run", () => {
  it("opens from a file, and shows its program and its start", async () => {
    const file = path.join(folder, "run.json");
    writeFileSync(file, source);
    await page.getByLabel("Choose a file").setInputFiles(file);
    await page.getByText(`told by the engine's calls and state, ${events.length} events.`).waitFor();
    expect(await page.locator(".where b").innerText()).toBe(`1 of ${events.length}`);
    expect(await pane("This step").innerText()).toMatch(/dist\/programs\/echo-epoll\.wasm\s+The program starts\./);
  });

  it("steps through every event, with the ready list before and after each wait, and the reasons", async () => {
    for (const [index, event] of events.entries()) {
      await page.locator(".where b", { hasText: new RegExp(`^${index + 1} of `) }).waitFor();
      if (event.event === "epoll_wait") {
        expect(await members("ready list before")).toEqual(event.before.map(String));
        expect(await members("woken in between")).toEqual(event.wakeups.map(({ fd, events }) => `${fd}:${events}`));
        expect(await members("ready list after")).toEqual(event.after.map(String));
        expect(await pane("ep0").locator(".lists code").allInnerTexts()).toEqual(event.after.map(String));
        const reasons = await pane("This step").locator(".reasons li").allInnerTexts();
        expect(reasons.length).toBe(event.reported.length + event.omitted.length);
        for (const [at, { fd, events, trigger }] of event.reported.entries())
          expect(reasons[at].trim()).toMatch(
            new RegExp(`^${fd}:${events.replaceAll("|", "\\|")} ${trigger}: \\w.*\\.$`),
          );
      }
      await page.keyboard.press("ArrowRight");
    }
    expect(events.filter(({ event }) => event === "epoll_wait").length).toBeGreaterThan(2);
  });

  it("says why a watch was reported, and why another was not", async () => {
    const open = async (isWanted: (wait: Wait) => boolean) => {
      const at = events.findIndex((one) => one.event === "epoll_wait" && isWanted(one));
      const entry = pane("Events").locator("li button").nth(at);
      expect(await entry.innerText()).toMatch(/epoll_wait\(ep0, 256, -1\) = \d+ → \d+:/);
      await entry.click();
    };
    await open(({ reported }) => reported.some(({ trigger, why }) => trigger === "edge" && why === "ready-when-added"));
    const reason = "edge: epoll_ctl found it ready. It leaves the list: only something new brings it back.";
    await pane("This step").getByText(reason).first().waitFor();
    await open(({ omitted }) => omitted.some(({ why }) => why === "no-longer-ready"));
    await pane("This step").getByText("its turn came, and it was not ready any more: it leaves the list.").waitFor();
  });

  it("goes to the next report, to the start, and where the slider is", async () => {
    await button("To the start").click();
    await button("To the next report").click();
    const report = events.findIndex((one) => one.event === "epoll_wait" && one.reported.length > 0);
    expect(await page.locator(".where b").innerText()).toBe(`${report + 1} of ${events.length}`);
    await page.getByRole("slider", { name: "Timeline" }).fill("3");
    expect(await page.locator(".where b").innerText()).toBe(`3 of ${events.length}`);
    expect(await page.getByRole("status").innerText()).toBe(
      `Step 3 of ${events.length}: epoll_ctl(ep0, ADD, 3, IN) = 0`,
    );
  });

  it("opens from its pasted text, and from a file that is dropped", async () => {
    await paste(source);
    await pane("Events").waitFor();
    await button("Open another run").click();
    await page.evaluate(`((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "run.json"));
      const target = document.querySelector("h1");
      target.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
      target.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    })(${JSON.stringify(source)})`);
    await pane("Events").waitFor();
    expect(await page.locator(".where b").innerText()).toBe(`1 of ${events.length}`);
  });

  it("of 20,000 events stays quick to draw: only the neighbours of a step are in the list", async () => {
    const [start] = source.split("\n");
    const many = Array.from({ length: 19_999 }, (_, t) =>
      JSON.stringify({ t: t + 100, event: "close", fd: t, result: 0 }),
    );
    const file = path.join(folder, "many.json");
    writeFileSync(file, [start, ...many].join("\n"));
    await button("Open another run").click();
    await page.getByLabel("Choose a file").setInputFiles(file);
    await page.getByText("20,000 events").waitFor();
    await page.getByRole("slider", { name: "Timeline" }).fill("10000");
    expect(await pane("Events").locator(".now").innerText()).toMatch(/close\(9998\) = 0/);
    expect(await pane("Events").locator("li").count()).toBeLessThan(310);
  });

  it("sends nothing", () => {
    expect(requests).toEqual([]);
    expect(errors).toEqual([]);
  });
});

describe("a hostile file", () => {
  beforeAll(load);

  it.each([
    ["is empty", "", "The file is empty."],
    [
      "is not a story",
      "<script>alert(1)</script>",
      "This is not the story of a run. Record one with pollux run --explain=json.",
    ],
    [
      "is damaged",
      '{"t":0,"event":"start","version":1,"program":"a","level":"engine"}\n{"t":\n{}',
      "Line 2 is not a complete JSON object: the file is damaged.",
    ],
    [
      "has wrong types",
      '{"t":0,"event":"start","version":1,"program":{},"level":"engine"}',
      "Line 1: start.program is missing, or is not what it should be.",
    ],
    [
      "is of another version",
      '{"t":0,"event":"start","version":9,"program":"a","level":"engine"}',
      "The run was recorded by another version of Pollux, whose format this page does not know.",
    ],
    [
      "has the text of --explain",
      "   0.0035  a.wasm, told by the engine's calls and state\n",
      "This is the text of --explain, for people. Record the run with --explain=json.",
    ],
  ])("that %s gets a sentence", async (_, text, sentence) => {
    await paste(text);
    expect(await alert()).toBe(sentence);
  });

  it("that is huge gets a sentence, and the page goes on", async () => {
    const file = path.join(folder, "huge.json");
    writeFileSync(file, "x".repeat(17_000_000));
    await page.getByLabel("Choose a file").setInputFiles(file);
    await page.getByRole("alert", { name: "" }).getByText("The file is too large").waitFor();
  });

  it("that is cut is shown without its last line", async () => {
    await paste(source.slice(0, -30));
    await page.getByText("The last line ends in the middle, and was left out.").waitFor();
    expect(await page.locator(".where b").innerText()).toBe(`1 of ${events.length - 1}`);
  });

  it("with markup in its names shows the markup as text", async () => {
    const name = '<img src=x onerror="document.title=1"><b>x</b>';
    const start = JSON.stringify({ t: 0, event: "start", version: 1, program: name, level: "calls" });
    const more = [
      { t: 1, event: "call", call: name, result: name },
      { t: 2, event: name },
    ].map((event) => JSON.stringify(event));
    await paste([start, ...more].join("\n"));
    expect(await page.locator(".run-head code").innerText()).toBe(name);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await pane("This step").getByText("This page does not know this event.").waitFor();
    expect(await page.locator("main img, main .run b b").count()).toBe(0);
    expect(errors).toEqual([]);
  });
});

describe("the view of a run", () => {
  beforeAll(async () => {
    await paste(source);
    const wait = events.findIndex((one) => one.event === "epoll_wait" && one.omitted.length > 0);
    await pane("Events").locator("li button").nth(wait).click();
  });

  it.each([360, 768, 1440])("does not scroll sideways at %i pixels", async (width) => {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")).toBe(
      false,
    );
    expect(await page.locator(".timeline").isVisible()).toBe(true);
  });

  it.each(["light", "dark"] as const)("has nothing that axe finds, in %s colours", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  });

  it("has no English after a change to Chinese", async () => {
    await button("中文").click();
    await page.getByRole("heading", { level: 1, name: "你的程序的一次运行" }).waitFor();
    const texts = await page.locator(".run h2, .run dt, .run button, .run p:not(:has(code))").allInnerTexts();
    expect(texts.filter((text) => /\b(the|list|run|step|ready|event)\b/i.test(text.replace(/\w+\(.*/s, "")))).toEqual(
      [],
    );
    await button("打开另一次运行").click();
    expect(await page.locator(".file").innerText()).toBe("选择文件");
    await button("打开").click();
    expect(await alert()).toBe("文件是空的。");
    await button("English").click();
  });

  it("keeps the file out of the address, and goes back to a lesson", async () => {
    await paste(source);
    expect(new URL(page.url()).hash).toBe("#run");
    await page.getByRole("link", { name: "6 Level and edge" }).click();
    await page.getByRole("heading", { level: 1, name: "Level and edge" }).waitFor();
    await page.getByRole("link", { name: "Open a run" }).first().click();
    await pane("Events").waitFor();
  });

  it("follows a link that is clicked just before the lesson writes its address", async () => {
    await paste(source);
    // The page writes a lesson's address 300 ms after a change: here as soon as the link is clicked, before the page hears of that.
    await page.evaluate(`(() => {
      const { setTimeout } = window;
      window.setTimeout = (call, delay) => {
        if (delay === 300) window.writeAddress = call;
        return setTimeout(call, delay);
      };
    })()`);
    await page.getByRole("link", { name: "6 Level and edge" }).click();
    await page.getByRole("heading", { level: 1, name: "Level and edge" }).waitFor();
    await page.evaluate(`document.querySelector('a[href="#run"]').click(); writeAddress()`);
    await pane("Events").waitFor();
    expect(new URL(page.url()).hash).toBe("#run");
  });
});
