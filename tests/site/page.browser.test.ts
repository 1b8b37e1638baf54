/** The live page in Chromium, used as a person does: by clicking, typing and looking. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drain } from "../../site/lab/exercises/drain.ts";
import { herd } from "../../site/lab/exercises/herd.ts";
import { starvation } from "../../site/lab/exercises/starvation.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import { Site } from "../browser.ts";
import { violations } from "./accessibility.ts";

const PAGE = "dist/site/index.html";
const WIDTHS = [360, 768, 1440];

let site: Site;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await Site.open();
  page = await opened("", (fresh) => fresh.addInitScript("localStorage.clear()"));
});
afterAll(() => site[Symbol.asyncDispose]());

/** A fresh browser profile, without motion: what a click does is there when it returns. */
async function opened(fragment = "", prepare = async (_: Page): Promise<unknown> => undefined): Promise<Page> {
  const fresh = await site.page({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  fresh.setDefaultTimeout(5000);
  fresh.on("pageerror", (error) => errors.push(error.message));
  await prepare(fresh);
  await fresh.goto(site.address(PAGE) + fragment);
  return fresh;
}

let loads = 0;

/** Loads the page anew, at a lesson: another fragment alone would not load it. */
const load = (fragment: string) => page.goto(`${site.address(PAGE)}?${loads++}${fragment}`);

async function lesson(id: string): Promise<void> {
  await load(`#${id}`);
  await page.locator("main[aria-busy=false] .lesson h1").waitFor();
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const pane = (name: string) => page.getByRole("region", { name, exact: true });
const amount = (row: number) => pane("Sockets").locator(".socket").nth(row).locator(".amount").innerText();
const at = (text: string) => page.locator(".where").getByText(text, { exact: true }).waitFor();
const step = () => page.locator(".where b").innerText();

describe("a lesson", () => {
  it("stops at its question, runs after the answer, and says why the answer is wrong", async () => {
    await lesson("level-and-edge");
    expect(await step()).toBe("10 of 21");
    expect(await page.getByRole("button", { name: "One step forward" }).isDisabled()).toBe(true);
    await page.getByRole("combobox", { name: "Speed" }).selectOption("fast");
    await page.getByRole("radio", { name: "Both." }).check();
    await button("Answer and run").click();
    await page.getByText("nothing has arrived since, so there is no new edge").waitFor();
    await at("21 of 21");
    expect(await page.locator("label.right").innerText()).toMatch(/Only the level-triggered one\.\s+✓ right/);
    expect(await page.locator("label.wrong").innerText()).toMatch(/Both\.\s+your answer/);
  });

  it("asks again, and runs from its question although the reader has done something else there", async () => {
    await button("Ask me again").click();
    await at("10 of 21");
    await button("send 1, client 1").click();
    await at("11 of 11");
    await page.getByRole("radio", { name: "Only the level-triggered one." }).check();
    await button("Answer and run").click();
    await page.getByText("That is a state, not an event").waitFor();
    await at("21 of 21");
  });

  it("goes on in the sandbox with its state, and without the sandbox's question", async () => {
    await button("Go on in the sandbox").click();
    expect(await page.locator(".question").count()).toBe(0);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Sandbox");
    expect(await step()).toBe("21 of 21");
  });
});

describe("the sandbox", () => {
  it("sends, floods, reads some and reads all, and draws what is in the kernel", async () => {
    await lesson("sandbox");
    expect(await amount(1)).toBe("5 of 64 bytes");
    await button("send 1, client 1").click();
    expect(await amount(1)).toBe("6 of 64 bytes");
    await button("read 4, fd 4").click();
    expect(await amount(1)).toBe("2 of 64 bytes");
    expect(await pane("Sockets").locator(".buffer li").allInnerTexts()).toEqual(["o", "p"]);
    await button("flood, client 1").click();
    expect(await amount(1)).toBe("64 of 64 bytes");
    await button("read all, fd 4").click();
    expect(await pane("What happened").locator(".now").innerText()).toMatch(/recv\(4\) = \d+/);
  });

  it("connects, accepts, half-closes, resets, and stops reading", async () => {
    await lesson("sandbox");
    await button("connect a client, fd 3").click();
    expect(await amount(0)).toBe("1 waiting");
    await button("accept, fd 3").click();
    expect(await amount(2)).toBe("0 of 64 bytes");
    await button("half-close, client 2").click();
    await page.getByText("the client sends no more").waitFor();
    await button("stop reading, client 2").click();
    await button("send 10, fd 5").click();
    await button("read again, client 2").waitFor();
    await button("reset, client 2").click();
    await page.getByText("reset by the client").waitFor();
    await button("close, fd 5").click();
    expect(await pane("Sockets").locator(".socket").count()).toBe(2);
  });

  it("switches the flags of a watch, and shows its state in words, in the ready list and in a lane", async () => {
    await lesson("sandbox");
    const instance = page.getByRole("region", { name: "ep 1" });
    await instance.locator(".watch").click();
    await button("ONESHOT").click();
    await button("ET").click();
    await button("modify").click();
    expect(await instance.locator(".watch").getAttribute("aria-label")).toBe(
      "fd 4 IN edge: queued. was ready when epoll_ctl looked",
    );
    expect(await instance.locator(".ready-list .fd").allInnerTexts()).toEqual(["fd 4"]);
    await button("wait 0 ms, ep 1").click();
    expect(await instance.locator(".watch.delivered").count()).toBe(1);
    expect(await instance.locator(".ready-list").innerText()).toMatch(/empty/);
    await button("epoll_wait, ep 1").click();
    await instance.getByText("one call sleeps in epoll_wait").waitFor();
    await button("send 1, client 1").click();
    expect((await instance.locator(".last-wait").innerText()).trim()).toBe("epoll_wait reported 4:IN");
  });

  it("makes a nested instance, and puts 1,000 idle watches to sleep", async () => {
    await lesson("sandbox");
    await button("new instance").click();
    const outer = page.getByRole("region", { name: "ep 2" });
    await page.getByRole("region", { name: "ep 1" }).locator("h3 button").click();
    await outer.getByRole("button", { name: "add", exact: true }).click();
    expect(await outer.locator(".watch").innerText()).toMatch(/ep 1\s+IN\s+level, nested/);
    await button("1,000 idle connections").click();
    await page.getByText("1,000 more, asleep").waitFor();
  });

  it("lights up a watch when a field is clicked, and the other way round", async () => {
    await lesson("sandbox");
    const watch = page.locator(".watch");
    await page.getByRole("button", { name: /^events *: IN\|ONESHOT/ }).click();
    expect(await watch.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator(".meaning").innerText()).toBe("watch fd 4.events IN|ONESHOT");
    await watch.click();
    expect(await watch.getAttribute("aria-pressed")).toBe("false");
    await watch.click();
    expect(await page.locator(".structure h3").allInnerTexts()).toEqual([
      expect.stringMatching(/^descriptor fd 4/),
      expect.stringMatching(/^watch fd 4/),
    ]);
  });

  it("marks the bytes that a step has changed", async () => {
    await lesson("sandbox");
    await button("send 1, client 1").click();
    await page.locator(".watch").click();
    // A silent watch learns of nothing: no byte of it changes.
    const changed = () => page.locator(".field:has(.changed) .label").allInnerTexts();
    expect(await changed()).toEqual([]);
    await button("ONESHOT").click();
    await button("modify").click();
    expect(await changed()).toEqual(expect.arrayContaining(["events", "known", "state", "since"]));
    expect(await page.getByRole("button", { name: /^state *: QUEUED, changed in this step$/ }).count()).toBe(1);
  });
});

describe("the timeline", () => {
  it("steps both ways by keys, drags, and jumps to an event and to the next report", async () => {
    await lesson("sandbox");
    await page.locator("h1").click();
    await page.keyboard.press("ArrowLeft");
    await at("8 of 12");
    await page.keyboard.press("ArrowRight");
    await at("9 of 12");
    await page.getByRole("slider", { name: "Timeline" }).fill("3");
    await at("3 of 12");
    await button("To the next report").click();
    await at("7 of 12");
    await pane("What happened").getByRole("button").first().click();
    await at("1 of 12");
    await pane("The program")
      .getByRole("button", { name: /epoll_create1/ })
      .click();
    await at("4 of 12");
  });

  it("tells a screen reader each step", async () => {
    await button("One step forward").click();
    await at("5 of 12");
    expect(await page.getByRole("status").innerText()).toBe("Step 5 of 12: epoll_ctl(ep1, ADD, 4, IN|ONESHOT) = 0");
  });
});

describe("a script", () => {
  /** Replaces the text of the editor, as a person does: select all, type. */
  async function write(text: string): Promise<void> {
    await page.getByRole("textbox", { name: "Script" }).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  }
  const ending = () => page.locator(".ending");

  it("begins as the steps of the session, and gives the same session when it runs", async () => {
    await lesson("level-and-edge");
    const cards = await pane("epoll instances").locator(".watch").allInnerTexts();
    await button("Edit").click();
    await button("Run").click();
    await ending().getByText("The script ended.").waitFor();
    expect(await pane("epoll instances").locator(".watch").allInnerTexts()).toEqual(cards);
    expect(await pane("The program").locator(".now").innerText()).toMatch(/epoll_wait\(ep2, 8, 0\);/);
  });

  it("loses a selection of several lines to what is typed, and the caret stays behind it", async () => {
    await lesson("sandbox");
    await button("Edit").click();
    await write("listen();\nconnect(3);\naccept(3);");
    const text = async () => (await page.getByRole("textbox", { name: "Script" }).innerText()).trimEnd();
    for (const key of ["ArrowUp", "Home", "Shift+ArrowUp"]) await page.keyboard.press(key);
    await page.keyboard.insertText("ab");
    await page.keyboard.insertText("c");
    expect(await text()).toBe("abcconnect(3);\naccept(3);");
    for (const key of ["Shift+ArrowDown", "Backspace"]) await page.keyboard.press(key);
    expect(await text()).toBe("abcept(3);");
  });

  it.each([
    ["while (true) {}", /was stopped.*\(line 1\)/],
    ["listen();\nthrow 1", /\(line 2\)/],
    ["listen();\nrecv(77, 1", /cannot be read \(line 2\)/],
    ["listen();\nconst all = /[a-z]+/g;", /\(line 2\).*this literal/],
    ["const fd = listen();\nconst ep = epoll_create();\nepoll_wait(ep, 8, -1);", /The script sleeps/],
  ])("%j ends with a message that says where", async (script, message) => {
    await lesson("sandbox");
    await button("Edit").click();
    await write(script);
    await button("Run").click();
    await ending().getByText(message).waitFor();
  });
});

describe("a script of the page", () => {
  it("has names in any script of the world", async () => {
    await lesson("sandbox");
    await button("Edit").click();
    await page.getByRole("textbox", { name: "Script" }).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("const 监听 = listen();\nconst größe = connect(监听);");
    await button("Run").click();
    await page.locator(".ending").getByText("The script ended.").waitFor();
    await at("2 of 2");
  });
});

describe("the repair of", () => {
  beforeAll(() => lesson("repair"));

  it.each([
    ["The lost drain", drain],
    ["Starvation", starvation],
    ["The thundering herd", herd],
  ])("%s fails at first, and is green with a right server", async (title, { solution, cases }) => {
    await button(title).click();
    await button("Try it with the clients").click();
    await page.locator(".banner", { hasText: "It is not right yet." }).waitFor();
    expect(await page.locator(".cases li.failed p").count()).toBeGreaterThan(0);
    await page.getByText("A hint").click();
    expect(await page.locator(".hint p").isVisible()).toBe(true);
    await page.getByRole("textbox", { name: title }).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(solution);
    await button("Try it with the clients").click();
    await page.locator(".banner", { hasText: "All clients are served: it is right." }).waitFor();
    expect(await page.locator(".cases li.passed").count()).toBe(cases.length);
  });

  it("shows the run of a case on the stage", async () => {
    await page.getByRole("button", { name: /^See the run: Many connections/ }).click();
    await pane("epoll instances").getByText("ep 4").waitFor();
  });
});

it("measures what a wait costs, and epoll does not grow with N", async () => {
  await lesson("epoll");
  const slider = page.getByRole("slider", { name: /^N / });
  await slider.fill("159");
  await page.locator(".amount-slider b", { hasText: "60,000" }).waitFor();
  await page.locator(".bars").waitFor({ timeout: 20_000 });
  const [select, poll, epoll] = await page.locator(".bars .times").allInnerTexts();
  expect(epoll).toBe("1 ×");
  for (const times of [select, poll]) expect(Number(times.replace(/[^\d.]/g, ""))).toBeGreaterThan(10);
});

describe("an address", () => {
  it("shows the same step of the same session in a fresh browser", async () => {
    await lesson("sandbox");
    await button("send 10, client 1").click();
    await button("read 4, fd 4").click();
    await button("Share").click();
    await page.locator(".toast").waitFor();
    const other = await opened(new URL(page.url()).hash);
    await other.locator("main[aria-busy=false]").waitFor();
    expect(await other.locator(".where b").innerText()).toBe("11 of 11");
    expect(await other.locator("main .stage").innerText()).toBe(await page.locator("main .stage").innerText());
    await other.context().close();
  });

  it.each(["#nowhere", "#sandbox/1!1!2", "#sandbox/%00%ff", `#sandbox/${"a".repeat(100_000)}`, "#level-and-edge/<b>"])(
    "that is wrong gives a message and the lesson (%#)",
    async (fragment) => {
      await load(fragment);
      expect(await page.getByRole("alert").innerText()).toMatch(/^The address (does not hold|holds) a session/);
      await page.locator(".stage").waitFor();
    },
  );
});

it("says so when the browser has no WebAssembly", async () => {
  const other = await opened("", (fresh) => fresh.addInitScript("delete globalThis.WebAssembly"));
  expect(await other.locator("body").innerText()).toMatch(/this browser has no WebAssembly/);
  await other.context().close();
});

describe.each(LESSONS)("the lesson $id", ({ id, panes }) => {
  beforeAll(() => lesson(id));

  it.each(WIDTHS)("does not scroll sideways at %i pixels, and has its timeline in sight", async (width) => {
    await page.setViewportSize({ width, height: 740 });
    const scrolls = () => page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
    expect(await scrolls()).toBe(false);
    if (panes.includes("log")) expect(await page.locator(".timeline").isVisible()).toBe(true);
    if (width > 360) return;
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      expect(await scrolls()).toBe(false);
      expect(await page.locator(".stage > .pane:visible").count()).toBe(1);
    }
  });

  it("has nothing that axe finds, in both themes", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violations(page, ["color-contrast"])).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
  });

  it("has no English after a change to Chinese", async () => {
    await button("中文").click();
    await page.locator("html[lang=zh]").waitFor();
    // The words are loaded when they are chosen.
    await button("English").waitFor();
    await page.locator("h1", { hasText: /\p{Script=Han}|^(select|poll|epoll)$/u }).waitFor();
    const buttons = await page.locator("main button:visible").allInnerTexts();
    const words = buttons.filter((text) => !/\w+\(/.test(text));
    expect(words.filter((text) => /\b(the|read|send|wait|close|client|and)\b/i.test(text))).toEqual([]);
  });
});

describe("the keyboard", () => {
  it("answers a question and steps by keyboard alone", async () => {
    await lesson("level-and-edge");
    const focused = () => page.evaluate("document.activeElement.outerHTML.slice(0, 200)");
    for (let presses = 0; !/type="radio"/.test(String(await focused())); presses++) {
      expect(presses).toBeLessThan(30);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("That is a state, not an event").waitFor();
  });
});

it("has no error, and sends nothing but requests for its own files", async () => {
  const requests: string[] = [];
  const other = await opened("#sandbox", async (fresh) => {
    fresh.on("request", (request) => requests.push(request.url()));
  });
  await other.locator(".stage").waitFor();
  const folder = new URL(".", site.address(PAGE)).href;
  expect(requests.filter((url) => !url.startsWith(folder) && !url.startsWith("data:"))).toEqual([]);
  expect(errors).toEqual([]);
  await other.context().close();
});

it("is smaller than 200,000 bytes in all, gzipped", () => {
  const sizes = readdirSync("dist/site").map((name) => gzipSync(readFileSync(`dist/site/${name}`)).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(200_000);
});
