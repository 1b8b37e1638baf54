/** The same programs on every runtime: fifty clients at once, every byte compared, half-closes and resets included. */
import { afterAll, describe, it } from "vitest";
import { PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";
import { until } from "../programs/client.ts";
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
      cell.bytes = await visit(subject.port);
      // Whoever has left is let go by the server, too.
      if (!runtime.collectsDescriptors) await until(() => subject.connections === 0);
    },
  );
});

/** Edges made from levels are announced once, until the program has met EAGAIN: nothing may get lost in between. */
describe.each(RUNTIMES.filter(({ source }) => source === "levels"))("$name", (runtime) => {
  const edge = PROGRAMS.find(({ args }) => args.includes("--edge"))!;

  it(`edges made from levels lose nothing in ${EXCHANGES} random exchanges`, async ({ task, skip }) => {
    const cell: Cell = {
      runtime: runtime.name,
      program: `${edge.name}, ${EXCHANGES} exchanges`,
      clients: CLIENTS,
      bytes: 0,
    };
    task.meta.cell = cell;
    if (runtime.missing !== undefined) skip(runtime.missing);
    await using subject = await Subject.start(runtime, edge);
    cell.bytes = await exchange(subject.port, EXCHANGES);
  });
});
