/** The same programs on every runtime: fifty clients at once, every byte compared, half-closes and resets included. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { BROWSER } from "../../runtimes/browser.ts";
import { PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";
import { Site } from "../browser.ts";
import { Client, until } from "../programs/client.ts";
import { SEED } from "../programs/messages.ts";
import type { Cell } from "../runtime-table.ts";
import { CLIENTS, exchange, visit } from "./clients.ts";
import { endAll, Subject } from "./subject.ts";

const EXCHANGES = 10_000;

afterAll(endAll);

describe.each(RUNTIMES)("$name", (runtime) => {
  it.for(PROGRAMS)(
    `$name: ${CLIENTS} clients get every byte back, however they leave`,
    async (program, { task, skip }) => {
      const cell: Cell = { runtime: runtime.name, program: program.name, clients: CLIENTS, bytes: 0 };
      task.meta.cell = cell;
      if (runtime.missing !== undefined) skip(runtime.missing);
      await using subject = await Subject.start(runtime, program);
      cell.bytes = await visit(() => Client.connect(subject.port));
      // The server closes the connections of clients that have left.
      if (!runtime.collectsDescriptors) await until(() => subject.connections === 0);
    },
  );
});

/** A page has no sockets: server and clients are on a simulated network, twice fifty of them after each other. */
describe(BROWSER.name, () => {
  let site: Site | undefined;
  beforeAll(async () => {
    if (BROWSER.missing === undefined) site = await Site.open();
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.for(PROGRAMS)(
    `$name: ${CLIENTS} simulated clients get every byte back, however they leave`,
    async (program, { task, skip }) => {
      const cell: Cell = { runtime: BROWSER.name, program: program.name, clients: CLIENTS, bytes: 0 };
      task.meta.cell = cell;
      if (site === undefined) return skip(BROWSER.missing);
      const page = await site.page();
      await page.goto(site.address("tests/runtimes/browser/index.html"));
      const url = site.address(`dist/programs/${program.module}.wasm`);
      const [script, args] = [site.address("dist/tests/browser/page.js"), [...program.args, "--quiet"]];
      const call = `import("${script}").then((page) => page.serveAndVisit("${url}", ${JSON.stringify(args)}, ${SEED}))`;
      cell.bytes = await page.evaluate<number>(call);
      await page.context().close();
    },
  );
});

/** Edges that are not the kernel's are announced once, until the program has met EAGAIN: nothing may get lost in between. */
describe.each(RUNTIMES.filter(({ source }) => source !== "edges"))("$name", (runtime) => {
  const edge = PROGRAMS.find(({ args }) => args.includes("--edge"))!;

  it(`edges made from ${runtime.source} lose nothing in ${EXCHANGES} random exchanges`, async ({ task, skip }) => {
    const cell: Cell = {
      runtime: runtime.name,
      program: `${edge.name}, ${EXCHANGES} exchanges`,
      clients: CLIENTS,
      bytes: 0,
    };
    task.meta.cell = cell;
    if (runtime.missing !== undefined) skip(runtime.missing);
    await using subject = await Subject.start(runtime, edge);
    cell.bytes = await exchange(() => Client.connect(subject.port), EXCHANGES);
  });
});
