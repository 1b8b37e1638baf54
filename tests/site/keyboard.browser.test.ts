/** Everything that the page offers, by keyboard alone: no test here moves a pointer. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CDPSession, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drain } from "../../site/lab/exercises/drain.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import { Site } from "../browser.ts";

const PAGE = "dist/site/index.html";
/** More stops than any view has. */
const MAX_STOPS = 400;
/** Of Input.dispatchKeyEvent. */
const SHIFT = 8;

let site: Site;
let page: Page;
/** For keys that follow each other faster than Playwright sends them. */
let keys: CDPSession;
beforeAll(async () => {
  site = await Site.open();
  page = await site.page({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(5000);
  keys = await page.context().newCDPSession(page);
});
afterAll(() => site[Symbol.asyncDispose]());

let loads = 0;

async function load(fragment: string): Promise<void> {
  await page.goto(`${site.address(PAGE)}?${loads++}${fragment}`);
  await page.locator(".lesson h1").waitFor();
  await page.locator("main[aria-busy=false]").waitFor();
}

const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const button = (name: string | RegExp, exact = true) => page.getByRole("button", { name, exact });
const isFocused = (target: Locator) => target.evaluate((element) => element.matches(":focus"));
const where = () => page.locator(".where b").innerText();
const at = (text: string) => page.locator(".where").getByText(text, { exact: true }).waitFor();

const USABLE = "a[href], button, input, select, textarea, summary, [role=textbox], [tabindex='0']";

/** Focuses the stop of the Tab key that stands before the element, or behind it. */
const focusNeighbour = (target: Locator, step: number) =>
  target.evaluate(
    (element, [usable, step]) => {
      const all: (typeof element)[] = Array.from(element.ownerDocument.querySelectorAll(usable));
      const stops = all.filter((stop) => stop.tabIndex >= 0 && !stop.disabled && stop.checkVisibility());
      stops[stops.indexOf(element) + step]?.focus();
    },
    [USABLE, step] as const,
  );

/** Of a group of radio buttons the browser chooses the one that Tab reaches. */
const isReached = (target: Locator) =>
  target.evaluate((element) => {
    const { activeElement } = element.ownerDocument;
    return activeElement === element || (element.type === "radio" && activeElement.name === element.name);
  });

/** Presses Tab until the element has the focus, from the stop before it: above, Tab comes from the beginning of the page to each. */
async function tabTo(target: Locator, key = "Tab"): Promise<void> {
  await target.waitFor();
  if (await isFocused(target)) return;
  await focusNeighbour(target, key === "Tab" ? -1 : 1);
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    await press(key);
    if (await isReached(target)) return;
  }
  throw new Error(`${MAX_STOPS} times ${key}, and the focus is not on ${target}`);
}

/** Presses Tab until the element has the focus, and then a key. */
async function use(target: Locator, key = "Enter"): Promise<void> {
  await tabTo(target);
  await press(key);
}

/** One stop of the Tab key, as a person sees it. */
interface Stop {
  readonly html: string;
  /** An outline is drawn around it, or around what it is a part of. */
  readonly isMarked: boolean;
  /** It is on the screen, and the timeline does not cover it. */
  readonly isInSight: boolean;
}

interface Walk {
  readonly stops: readonly Stop[];
  /** Did the focus leave the page behind the last stop? */
  readonly hasLeft: boolean;
  /** The number of elements that Tab must reach. */
  readonly count: number;
  /** The stops' places among these. */
  readonly places: readonly number[];
}

/** The elements that Tab must reach, in their order: of a group of radio buttons one, and of a roving group the present one. */
const USABLE_ELEMENTS = `Array.from(document.querySelectorAll("${USABLE}")).filter((element) => {
  if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false;
  if (element.type !== "radio") return true;
  const group = Array.from(document.getElementsByName(element.name));
  return element === (group.find((one) => one.checked) ?? group[0]);
})`;

/** Has Tab go on from there, and has each key that is released record the stop that it has led to, until the focus has left the page. */
const beginAt = (end: "start" | "end") => `(() => {
  const usable = ${USABLE_ELEMENTS};
  const stops = [];
  const visited = [];
  const walk = { usable, stops, visited, hasLeft: false };
  const isMarkedAt = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const record = () => {
    const { activeElement } = document;
    // Behind the last stop the browser's own come, of which a headless one has none: the first one may follow.
    const isOutside = activeElement === document.body || activeElement === null || activeElement === visited[0];
    walk.hasLeft ||= isOutside && visited.length > 0;
    if (walk.hasLeft || isOutside) return;
    let isMarked = isMarkedAt(activeElement);
    for (let up = activeElement; !isMarked && (up = up.parentElement?.closest("label, .editor")); ) isMarked = isMarkedAt(up);
    visited.push(activeElement);
    stops.push({ html: activeElement.outerHTML.slice(0, 120), isMarked, isInSight: walk.isInSight() });
  };
  walk.isInSight = () => {
    const { activeElement } = document;
    const { top, bottom, height } = activeElement.getBoundingClientRect();
    const timeline = document.querySelector(".timeline");
    const end = timeline === null || timeline.contains(activeElement) ? innerHeight : timeline.getBoundingClientRect().top;
    // Of an editor the caret is in sight.
    return height > 200 ? top < end && bottom > 0 : top >= -1 && bottom <= end + 1;
  };
  removeEventListener("keyup", globalThis.walk?.record, true);
  addEventListener("keyup", record, true);
  // Tab goes on from where the element with the focus was removed.
  const mark = document.createElement("span");
  mark.tabIndex = -1;
  document.body.${end === "start" ? "prepend" : "append"}(mark);
  mark.focus();
  mark.remove();
  globalThis.walk = Object.assign(walk, { record });
  return usable.length;
})()`;

/** The places of the visited elements among the usable ones, which may have changed on the way. */
const WALKED = `(() => {
  const { stops, visited, hasLeft } = walk;
  const usable = ${USABLE_ELEMENTS};
  return { stops, hasLeft, count: usable.length, places: visited.map((element) => usable.indexOf(element)) };
})()`;

/** Presses and releases Tab that often, without a wait for each: the browser queues keys as they come. */
async function pressTab(times: number, modifiers: number): Promise<void> {
  const tab = { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9, modifiers };
  const sent = Array.from({ length: times }, () => [
    keys.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...tab }),
    keys.send("Input.dispatchKeyEvent", { type: "keyUp", ...tab }),
  ]);
  await Promise.all(sent.flat());
}

/** The page has drawn twice: what comes near the screen gets its real height when it is drawn. */
const DRAWN = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))`;

/** Whether the stop is in sight when the page has drawn it, which the next key of a walk does not wait for. */
async function isInSightAtRest(index: number): Promise<boolean> {
  await page.evaluate(`walk.visited[${index}].focus()`);
  await page.evaluate(DRAWN);
  return (await page.evaluate("walk.isInSight()")) as boolean;
}

/** Presses Tab from an end of the page until the focus has left the page at the other. */
async function walk(end: "start" | "end"): Promise<Walk> {
  // The editor marks its words 30 ms after a key, and Tab would then go on from there.
  if ((await page.locator(".editor").count()) > 0) await page.waitForTimeout(100);
  const expected = (await page.evaluate(beginAt(end))) as number;
  const modifiers = end === "start" ? 0 : SHIFT;
  for (let pressed = 0, more = expected + 1; pressed < MAX_STOPS; pressed += more, more = 10) {
    await pressTab(more, modifiers);
    const walked = (await page.evaluate(WALKED)) as Walk;
    if (walked.hasLeft) return walked;
  }
  throw new Error(`the focus is still on the page after ${MAX_STOPS} stops`);
}

const VIEWS = [...LESSONS.map(({ id }) => id), "run"];

describe.each(VIEWS)("%s", (id) => {
  beforeAll(async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await load(`#${id}`);
    if (id === "run") await page.locator(".opener").waitFor();
    // Tab skips a disabled button, and one is disabled while the page measures.
    if (LESSONS.some((lesson) => lesson.id === id && lesson.panes.includes("costs"))) {
      await page.locator(".measure .bars").nth(1).waitFor();
      await page.locator(".measure .more button:enabled").waitFor();
    }
  });
  afterAll(() => page.setViewportSize({ width: 1440, height: 900 }));

  it.each([360, 1440])(
    "at %i pixels is reached everywhere by Tab, in the order of the page, with the focus marked and in sight",
    async (width) => {
      await page.setViewportSize({ width, height: 740 });
      const { stops, count, places } = await walk("start");
      expect(stops.filter(({ isMarked }) => !isMarked).map(({ html }) => html)).toEqual([]);
      for (const [index, { isInSight, html }] of stops.entries())
        if (!isInSight) expect(await isInSightAtRest(index), html).toBe(true);
      const inOrder = Array.from({ length: count }, (_, index) => index);
      expect(places.join()).toBe(inOrder.join());
      // And back: no trap in the other direction.
      expect((await walk("end")).places.join()).toBe(inOrder.reverse().join());
    },
  );
});

describe("the first stop", () => {
  it("leads past the lessons to the stage", async () => {
    await load("#sandbox");
    await press("Tab");
    expect(await isFocused(button("Skip to the stage"))).toBe(true);
    await press("Enter", "Tab");
    expect(await isFocused(page.locator(".pane.sockets button").first())).toBe(true);
  });
});

describe("a lesson", () => {
  it("is opened from the list, and asks, answers, asks again and goes on in the sandbox", async () => {
    await load("");
    await use(page.getByRole("link", { name: "6 Level and edge" }));
    await page.getByRole("heading", { level: 1, name: "Level and edge" }).waitFor();
    await tabTo(page.getByRole("radio").first());
    // Arrows choose among radio buttons, and Tab leaves them.
    await press("Space", "ArrowDown");
    expect(await page.getByRole("radio", { name: "Both." }).isChecked()).toBe(true);
    await press("ArrowUp", "Tab");
    expect(await isFocused(button("Answer and run"))).toBe(true);
    await tabTo(page.getByRole("combobox", { name: "Speed" }));
    await press("ArrowDown");
    expect(await page.getByRole("combobox", { name: "Speed" }).inputValue()).toBe("fast");
    await use(button("Answer and run"));
    await page.getByText("That is a state, not an event").waitFor();
    await at("21 of 21");
    await use(button(/^15 Six bytes remain/));
    await at("15 of 21");
    await use(page.getByText("What Linux answered"));
    await use(button("Step 9"), "Space");
    await at("9 of 21");
    await use(button("Ask me again"));
    await at("10 of 21");
    await use(page.getByRole("radio").first(), "Space");
    await use(button("Answer and run"));
    await use(button("Go on in the sandbox"));
    await page.getByRole("heading", { level: 1, name: "Sandbox" }).waitFor();
  });

  it("leads to its neighbours at its end", async () => {
    await load("#poll");
    await use(page.getByRole("link", { name: "Next: epoll" }));
    await page.getByRole("heading", { level: 1, name: "epoll" }).waitFor();
    await use(page.getByRole("link", { name: "Before: poll" }));
    await page.getByRole("heading", { level: 1, name: "poll" }).waitFor();
  });
});

describe("the head of the page", () => {
  it("changes language, motion and colours, and shares", async () => {
    await load("#sandbox");
    await use(button("中文"));
    await page.locator("html[lang=zh]").waitFor();
    await use(button("English"), "Space");
    await page.locator("html[lang=en]").waitFor();
    await use(button("Motion: off"));
    await button("Motion: on").waitFor();
    await press("Enter");
    await use(button("Dark colours"));
    await page.locator("html[data-theme=dark]").waitFor();
    await press("Space");
    await page.locator("html[data-theme=light]").waitFor();
    await use(button("Share"));
    await page.locator(".toast").waitFor();
  });

  it("dismisses a problem", async () => {
    await load("#nowhere");
    await use(button("Dismiss"));
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});

describe("the sandbox", () => {
  /** Uses a button, and returns the present line of the log. */
  async function line(name: string): Promise<string> {
    await use(button(name));
    return (await page.locator(".pane.log .now").innerText()).split("\n").at(-1)!;
  }

  it("does what each button of a socket says", async () => {
    await load("#sandbox");
    expect(await line("send 1, client 1")).toBe("client 1 sends 1 byte");
    expect(await line("send 10, client 1")).toBe("client 1 sends 10 bytes");
    expect(await line("flood, client 1")).toMatch(/^client 1 floods: \d+ bytes$/);
    expect(await line("stop reading, client 1")).toBe("client 1 stops reading");
    expect(await line("read again, client 1")).toBe("client 1 reads again");
    expect(await line("read 4, fd 4")).toBe("recv(4, 4) = 4");
    expect(await line("read all, fd 4")).toMatch(/^recv\(4\) = \d+$/);
    expect(await line("send 10, fd 4")).toBe("send(4, 10) = 10");
    expect(await line("connect a client, fd 3")).toBe("client 2 connects to fd 3");
    expect(await line("accept, fd 3")).toBe("accept(3) = 5");
    expect(await line("half-close, client 2")).toBe("client 2 half-closes");
    expect(await line("reset, client 1")).toBe("client 1 resets its connection");
    expect(await line("close, fd 5")).toBe("close(5) = 0");
    expect(await line("new listener")).toBe("listen() = 5");
    expect(await line("1,000 idle connections")).toBe("1,000 idle connections join");
    expect(await line("close, fd 3")).toBe("close(3) = 0");
  });

  it("chooses a watch, switches each of its flags, changes, removes and adds it, and waits", async () => {
    await load("#sandbox");
    const watch = page.locator(".watch");
    await use(watch);
    expect(await watch.getAttribute("aria-pressed")).toBe("true");
    for (const flag of ["IN", "OUT", "RDHUP", "ET", "ONESHOT", "EXCLUSIVE"]) {
      const pressed = await button(flag).getAttribute("aria-pressed");
      await use(button(flag), "Space");
      expect(await button(flag).getAttribute("aria-pressed")).not.toBe(pressed);
      await press("Space");
      expect(await button(flag).getAttribute("aria-pressed")).toBe(pressed);
    }
    await use(button("OUT"));
    expect(await line("modify")).toBe("epoll_ctl(ep1, MOD, 4, IN|OUT|ONESHOT) = 0");
    expect(await line("wait 0 ms, ep 1")).toMatch(/^epoll_wait\(ep1, events, 8, 0\) = 1 → 4:IN/);
    expect(await line("remove")).toBe("epoll_ctl(ep1, DEL, 4) = 0");
    expect(await line("add")).toMatch(/^epoll_ctl\(ep1, ADD, 4, .*\) = 0$/);
    expect(await line("epoll_wait, ep 1")).toMatch(/^epoll_wait\(ep1, events, 8, -1\) = 1/);
    expect(await line("new instance")).toBe("epoll_create1(0) = ep 2");
    await use(page.locator(".epoll h3 button").first());
    await use(page.getByRole("region", { name: "ep 2" }).getByRole("button", { name: "add", exact: true }));
    expect(await page.locator(".pane.log .now").innerText()).toMatch(/epoll_ctl\(ep2, ADD, ep1, IN\) = 0/);
  });

  it("reads each field of a structure by arrows, and chooses one", async () => {
    await load("#sandbox");
    const fields = page.locator(".structure").first().locator(".field");
    const names = await fields.locator(".label").allInnerTexts();
    await tabTo(fields.first());
    const before = await where();
    for (const [index, name] of names.entries()) {
      expect(await isFocused(fields.nth(index))).toBe(true);
      expect(await page.locator(".meaning b").innerText()).toMatch(new RegExp(`\\.${name}$`));
      await press("ArrowRight");
    }
    expect(await isFocused(fields.first())).toBe(true);
    await press("End");
    expect(await isFocused(fields.last())).toBe(true);
    await press("Home", "ArrowLeft", "Enter");
    expect(await fields.last().getAttribute("aria-pressed")).toBe("true");
    // The arrows have moved the focus, and not the session.
    expect(await where()).toBe(before);
    await press("Tab");
    expect(await isFocused(page.locator(".structure").nth(1).locator(".field").first())).toBe(true);
    const few = await page.locator(".structure").count();
    await use(button("Show all structures"));
    expect(await page.locator(".structure").count()).toBeGreaterThan(few);
    await use(button("Show only the chosen descriptor"));
  });

  it("steps by the timeline's buttons and slider, by arrows anywhere, plays, and takes another seed", async () => {
    await load("#sandbox");
    await use(button("To the start"));
    await at("0 of 12");
    await use(button("One step forward"));
    await press("Enter");
    await at("2 of 12");
    await use(button("One step back"));
    await at("1 of 12");
    await use(button("To the next report"));
    await at("7 of 12");
    await press("ArrowLeft", "ArrowLeft");
    await at("5 of 12");
    await tabTo(page.getByRole("slider", { name: "Timeline" }));
    await press("Home");
    await at("0 of 12");
    await press("ArrowRight", "ArrowUp");
    await at("2 of 12");
    await tabTo(page.getByRole("combobox", { name: "Speed" }));
    await press("Home");
    await use(button("Play"));
    await button("Pause").waitFor();
    await press("Enter");
    await button("Play").waitFor();
    const seed = page.getByRole("spinbutton", { name: "Seed" });
    await tabTo(seed);
    await press("Backspace", "7", "Enter");
    await at("9 of 12");
    expect(await seed.inputValue()).toBe("7");
  });

  it("jumps to a call and to an entry of the log", async () => {
    await load("#sandbox");
    await use(page.locator(".pane.code .lines button").nth(2));
    await at("4 of 12");
    await use(page.locator(".pane.log .entries button").first());
    await at("1 of 12");
  });

  it("edits a script, leaves the editor by Tab both ways, and runs it", async () => {
    await load("#sandbox");
    await use(button("Edit"));
    const editor = page.getByRole("textbox", { name: "Script" });
    await tabTo(editor);
    await press("ControlOrMeta+a");
    await page.keyboard.type("listen();\nconnect(3);\naccept(3);", { delay: 50 });
    await press("Tab");
    expect(await isFocused(button("Run"))).toBe(true);
    // The editor draws its text anew a moment later: the focus stays where it is.
    await page.waitForTimeout(400);
    expect(await isFocused(button("Run"))).toBe(true);
    await press("Shift+Tab");
    expect(await isFocused(editor)).toBe(true);
    await press("Shift+Tab");
    expect(await isFocused(editor)).toBe(false);
    await use(button("Run"));
    await page.locator(".ending").getByText("The script ended.").waitFor();
    await at("3 of 3");
    await use(page.locator(".pane.code .lines button").nth(1));
    await at("2 of 3");
    await use(button("Edit"));
    await use(button("Back to the steps"));
    await button("Edit").waitFor();
  });
});

describe("the exercises", () => {
  it("are chosen, read, repaired and tried, and their runs are seen", async () => {
    await load("#repair");
    await use(button("Starvation"));
    await use(button("The lost drain"), "Space");
    expect(await button("The lost drain").getAttribute("aria-pressed")).toBe("true");
    await use(page.getByText("A hint"));
    await page.locator(".hint p").waitFor();
    await use(button("Try it with the clients"));
    await page.locator(".banner", { hasText: "It is not right yet." }).waitFor();
    await tabTo(page.getByRole("textbox", { name: "The lost drain" }));
    await press("ControlOrMeta+a");
    await page.keyboard.insertText(drain.solution);
    await press("Tab");
    expect(await isFocused(button("Try it with the clients"))).toBe(true);
    await press("Enter");
    await page.locator(".banner", { hasText: "All clients are served: it is right." }).waitFor();
    await use(button(/^See the run: A short message/));
    expect(Number((await where()).split(" ")[0])).toBeGreaterThan(4);
    await use(button("Start again"));
    await page.locator(".banner", { hasText: "Not tried yet." }).waitFor();
  });
});

describe("what is measured and drawn", () => {
  it("changes N by the arrows of its slider, and measures again", async () => {
    await load("#epoll");
    await tabTo(page.getByRole("slider", { name: /^N / }));
    await press("Home");
    await page.locator(".amount-slider b", { hasText: /^4$/ }).waitFor();
    await press("ArrowRight", "ArrowRight", "ArrowRight");
    await page.locator(".amount-slider b", { hasText: /^5$/ }).waitFor();
    await page.getByRole("heading", { name: "The kernel of Linux, N = 16" }).waitFor();
    await page.locator(".measure").first().locator(".bars").waitFor();
    await use(button("Measure again"));
    await page.locator(".measure").first().locator(".bars").waitFor();
  });

  it("runs and stops the five models, and moves their time and their pace", async () => {
    await load("#five-models");
    await tabTo(page.getByRole("slider", { name: /^Between messages/ }));
    await press("Home");
    await page.locator(".amount-slider b", { hasText: "60 ms" }).waitFor();
    await use(button("Run"));
    await use(button("Stop"));
    await tabTo(page.getByRole("slider", { name: "Time", exact: true }));
    await press("End");
    const end = await page.locator(".drag b").innerText();
    await press("ArrowLeft");
    expect(await page.locator(".drag b").innerText()).not.toBe(end);
  });
});

describe("the tabs of a phone", () => {
  it("are one stop, moved by arrows, Home and End, and lead into their pane", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await load("#sandbox");
    const tabs = page.getByRole("tab");
    await tabTo(page.getByRole("tab", { selected: true }));
    const shown = () => page.locator(".stage > .pane:visible h2").innerText();
    await press("End");
    expect(await shown()).toBe("What happened");
    await press("ArrowRight");
    expect(await isFocused(tabs.first())).toBe(true);
    await press("ArrowRight");
    expect(await shown()).toBe("epoll instances");
    await press("Home");
    expect(await shown()).toBe("Sockets");
    await press("Tab");
    expect(await isFocused(page.locator(".pane.sockets button").first())).toBe(true);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

describe("a run", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pollux-keyboard-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const RUN = [
    { t: 0, event: "start", version: 1, program: "server.wasm", level: "engine" },
    { t: 1, event: "epoll_create", result: 0x4000_0000 },
    { t: 2, event: "exit", status: 0 },
  ]
    .map((event) => JSON.stringify(event))
    .join("\n");

  it("is opened from a file and from its text, and stepped through", async () => {
    await load("#sandbox");
    const chosen = page.waitForEvent("filechooser");
    await use(page.getByRole("link", { name: "Open a run" }).first());
    const file = path.join(folder, "run.json");
    writeFileSync(file, RUN);
    await tabTo(page.getByLabel("Choose a file"));
    await press("Space");
    await (await chosen).setFiles(file);
    await at("1 of 3");
    await press("ArrowRight");
    await at("2 of 3");
    await use(button("One step forward"));
    await at("3 of 3");
    await tabTo(page.getByRole("slider", { name: "Timeline" }));
    await press("Home");
    await at("1 of 3");
    await use(page.locator(".run-events button").nth(1));
    await at("2 of 3");
    await use(button("Open another run"));
    await tabTo(page.getByRole("textbox", { name: "Text of a run" }));
    await page.keyboard.insertText("nothing");
    await press("Tab", "Enter");
    await page.getByRole("alert").getByText("This is not the story of a run.").waitFor();
    await use(page.getByRole("link", { name: "Back to the lessons" }));
    await page.getByRole("heading", { level: 1, name: "Sandbox" }).waitFor();
  });
});
