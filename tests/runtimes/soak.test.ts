/** What `npm run soak` shows of 100,000 connections, shorter. */
import { afterAll, expect, it } from "vitest";
import { PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";
import type { Cell } from "../runtime-table.ts";
import { AT_ONCE, MAX_GROWTH, soak } from "./soak.ts";
import { endAll, Subject } from "./subject.ts";

const CONNECTIONS = 5_000;

afterAll(endAll);
const STOCK = RUNTIMES.filter(({ runs, name }) => runs !== "module, our host" && /wasmtime/.test(name));

it.for(STOCK)(`$name: memory is flat over ${CONNECTIONS} short connections`, async (runtime, { task, skip }) => {
  const program = PROGRAMS.find(({ args }) => args.includes("--level"))!;
  const cell: Cell = { runtime: runtime.name, program: `${CONNECTIONS} short connections`, clients: AT_ONCE, bytes: 0 };
  task.meta.cell = cell;
  if (runtime.missing !== undefined) skip(runtime.missing);
  await using subject = await Subject.start(runtime, program);
  const { warm, end, bytes } = await soak(subject, CONNECTIONS);
  cell.bytes = bytes;
  expect(end).toBeLessThan(warm * (1 + MAX_GROWTH));
});
