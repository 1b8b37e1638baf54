/**
 * What the level side and the edge side report on the screen, compared event by event with the kernel on the same script. `POLLUX_SEED=n`
 * repeats a run.
 */
import { env } from "node:process";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import { LINUX } from "../../site/lessons/linux.ts";
import type { Action } from "../../site/session/actions.ts";
import { Session } from "../../site/session/session.ts";
import type { LogEntry } from "../../site/session/snapshot.ts";
import { EPOLLET, EPOLLIN, EPOLLONESHOT } from "../../src/index.ts";
import { Site } from "../browser.ts";
import { core } from "./core-module.ts";
import { answersOfKernel, HAS_KERNEL, isComparable } from "./kernel-replay.ts";
import { action, PROLOGUE } from "./random-actions.ts";
import { differencesOf, shownIn } from "./screen-reports.ts";

const PAGE = "dist/site/index.html";
const [LEVEL, EDGE] = [INSTANCE_FD_BASE, INSTANCE_FD_BASE + 1];
/** Enough that one of them meets any clause that does not hold. */
const SCRIPTS = 12;
/** Of these, the ones that are compared in a page that is right: there the kernel is compared with the session in tests/site/kernel.test.ts. */
const COMPARED = 6;
const STEPS = 30;
const seed = env.POLLUX_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(env.POLLUX_SEED);

let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterAll(() => site[Symbol.asyncDispose]());

async function opened(prepare = async (_: Page): Promise<unknown> => undefined): Promise<Page> {
  const page = await site.page({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await prepare(page);
  return page;
}

let loads = 0;

/** Plays a session in the page, and compares it with the kernel. `lesson`: another one than the session's own asks no question. */
async function compare(page: Page, session: Session, lesson = "sandbox"): Promise<string[]> {
  const log: readonly LogEntry[] = [...session.log];
  await session.goTo(0);
  await page.goto(`${site.address(PAGE)}?${loads++}#${lesson}/${session.encode()}`);
  await page.locator(".timeline").waitFor();
  return differencesOf(log, answersOfKernel(log), await shownIn(page));
}

/** The same script on both sides: a watch and a wait of one instance are also those of the other, edge-triggered. */
function onBothSides(list: readonly Action[]): Action[] {
  return list.filter(isComparable).flatMap((one): Action[] => {
    switch (one.call) {
      case "epoll_ctl": {
        if (one.fd >= INSTANCE_FD_BASE) return [];
        const events = (one.events ?? 0) & ~EPOLLET;
        return [
          { ...one, ep: LEVEL, events },
          { ...one, ep: EDGE, events: (events | EPOLLET) >>> 0 },
        ];
      }
      case "epoll_wait":
        return [LEVEL, EDGE].map((ep) => ({ ...one, ep }));
      case "epoll_create":
      case "poll":
      case "select":
        return [];
      default:
        return [one];
    }
  });
}

const waits: readonly Action[] = [LEVEL, EDGE].map((ep) => ({ call: "epoll_wait", ep, most: 8, timeout: 0 }));
/** Both sides report new data, and the level side alone reports it again; a one-shot is silent on both. */
const BEGINNING: readonly Action[] = [
  ...PROLOGUE.slice(0, -1),
  { call: "epoll_ctl", ep: LEVEL, op: "add", fd: 4, events: EPOLLIN },
  { call: "epoll_ctl", ep: EDGE, op: "add", fd: 4, events: (EPOLLIN | EPOLLET) >>> 0 },
  { call: "client_send", client: 1, length: 7 },
  ...waits,
  ...waits,
  { call: "epoll_ctl", ep: LEVEL, op: "add", fd: 5, events: EPOLLIN | EPOLLONESHOT },
  { call: "epoll_ctl", ep: EDGE, op: "add", fd: 5, events: (EPOLLIN | EPOLLET | EPOLLONESHOT) >>> 0 },
  { call: "client_send", client: 2, length: 7 },
  ...waits,
  { call: "client_send", client: 2, length: 7 },
  ...waits,
];
const script = fc.array(action, { minLength: STEPS, maxLength: STEPS });
const scripts = fc.sample(script, { numRuns: SCRIPTS, seed }).map((list) => [...BEGINNING, ...onBothSides(list)]);

async function sessionOf(list: readonly Action[], settings = { bufferSize: 65_536 }): Promise<Session> {
  const session = await Session.open(core, settings);
  for (const one of list) session.act(one);
  return session;
}

describe.runIf(HAS_KERNEL)("the screen", () => {
  let page: Page;
  beforeAll(async () => {
    page = await opened();
  });

  it.each(LESSONS.map((lesson) => [lesson.id, lesson] as const))(
    "shows what the kernel reports for the script of %s",
    async (id, { actions, network }) => {
      using session = await Session.open(core, network);
      for (const one of actions) session.act(one);
      expect(await compare(page, session, id === "sandbox" ? "repair" : "sandbox")).toEqual([]);
    },
  );

  it(`shows level and edge as the kernel reports them, for ${COMPARED} random scripts (seed ${seed})`, async () => {
    const counts = { both: 0, levelOnly: 0 };
    for (const list of scripts.slice(0, COMPARED)) {
      using session = await sessionOf(list);
      const { log } = session;
      for (const [at, { action, outcome }] of log.entries()) {
        if (action.call !== "epoll_wait" || action.ep !== LEVEL || !outcome.events?.length) continue;
        const edge = log.slice(at + 1).find((other) => other.action.call === "epoll_wait" && other.action.ep === EDGE);
        if (edge?.outcome.events?.length) counts.both++;
        else counts.levelOnly++;
      }
      expect(await compare(page, session)).toEqual([]);
    }
    expect(Math.min(counts.both, counts.levelOnly)).toBeGreaterThanOrEqual(COMPARED);
  }, 240_000);
});

describe("what Linux answered", () => {
  let page: Page;
  beforeAll(async () => {
    // The words are those of the browser's language at each load.
    page = await opened((fresh) => fresh.addInitScript("localStorage.clear()"));
  });

  it.each(LESSONS.map((lesson) => [lesson.id, lesson] as const))("is one click away in %s", async (id, { actions }) => {
    using session = await Session.open(core, LESSONS.find((lesson) => lesson.id === id)!.network);
    for (const one of actions) session.act(one);
    await page.goto(`${site.address(PAGE)}?${loads++}#${id}`);
    await page.locator(".lesson h1").waitFor();
    const table = page.locator(".kernel table");
    expect(await table.isVisible()).toBe(false);
    await page.getByText("What Linux answered").click();
    await page.locator(".kernel p").getByText(`Recorded on Linux ${LINUX.kernel}, ${LINUX.date}`).waitFor();
    await page.getByRole("radio").first().check();
    await page.getByRole("combobox", { name: "Speed" }).selectOption("fast");
    await page.getByRole("button", { name: "Answer and run" }).click();
    const answers = session.log.flatMap(({ action, outcome, step }) =>
      LINUX.answers[id][step - 1] === null ? [] : [{ action, outcome, step }],
    );
    await table
      .locator("tbody tr")
      .nth(answers.length - 1)
      .waitFor();
    expect(await table.locator("tbody th").allInnerTexts()).toEqual(answers.map(({ step }) => String(step)));
    expect(new Set(await table.locator("tbody span").allInnerTexts())).toEqual(new Set(["✓ the same"]));
    await page.getByRole("button", { name: `Step ${answers[0].step}`, exact: true }).click();
    await page.locator(".where b").getByText(`${answers[0].step} of `).waitFor();
    await page.getByRole("button", { name: "中文" }).click();
    await page.locator(".kernel summary").getByText("Linux 给出的结果").waitFor();
    expect(new Set(await table.locator("tbody span").allInnerTexts())).toEqual(new Set(["✓ 相同"]));
  });
});

/** The test build of the engine, in which one clause of assembly/engine/rules.ts does not hold. */
const mutated = (clause: number) =>
  opened(async (page) => {
    await page.route("**/core.wasm", (route) =>
      route.fulfill({ path: "dist/tests/engine.wasm", contentType: "application/wasm" }),
    );
    await page.addInitScript(`
      const { instantiate } = WebAssembly;
      const abort = () => { throw new Error("abort"); };
      WebAssembly.instantiate = (module, imports) =>
        instantiate(module, { mutant: { clause: ${clause} }, env: { abort }, ...imports });
    `);
  });

/** The first script's differences in a page that is wrong. */
async function firstDifference(page: Page): Promise<string | undefined> {
  for (const list of scripts) {
    using session = await sessionOf(list);
    const [first] = await compare(page, session);
    if (first !== undefined) return first;
  }
  return undefined;
}

describe.runIf(HAS_KERNEL)("the comparison", () => {
  it("finds nothing in the test build of the engine", async () => {
    const page = await mutated(0);
    using session = await sessionOf(scripts[0]);
    expect(await compare(page, session)).toEqual([]);
  });

  it.each([
    [31, "ADD and MOD look at the readiness"],
    [71, "a level stays queued"],
    [81, "an edge leaves the list"],
    [82, "each wakeup queues an edge again"],
    [91, "a one-shot falls silent"],
  ])("finds that clause %i does not hold: %s", async (clause) => {
    expect(await firstDifference(await mutated(clause))).toMatch(/^step \d+: .*: kernel .*, screen /);
  });

  it("finds a wrong word on the screen", async () => {
    let replaced = 0;
    const page = await opened((fresh) =>
      fresh.route("**/*.js", async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        const body = text.replace('level:"level",edge:"edge"', () => {
          replaced++;
          return 'level:"edge",edge:"level"';
        });
        await route.fulfill({ response, body });
      }),
    );
    using session = await sessionOf(scripts[0]);
    expect((await compare(page, session))[0]).toMatch(/trigger of fd \d+ in ep 1: kernel level.*, screen edge/);
    expect(replaced).toBeGreaterThan(0);
  });
});
