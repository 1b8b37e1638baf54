/**
 * What tests/differential shows here, on the other runtimes that have our host: random sequences of calls, on our epoll and on
 * the kernel's, are answered alike. Over the sockets of Deno and Bun (the net driver) that is so on a simulated network: they tell less of
 * resets than the kernel's. (The other side is reached by koffi, which workerd and pages do not load.)
 */
import { expect, it } from "vitest";
import { RUNTIMES } from "../../runtimes/catalogue.ts";
import { SEED } from "../programs/messages.ts";
import { ending } from "./ending.ts";

/** Sockets of Node's take their time. */
const SEQUENCES = { posix: 1000, net: 50, simulated: 200 };

it.for(RUNTIMES.filter(({ script }) => script !== undefined))(
  "$name: epoll returns what the kernel's returns",
  async ({ name, missing, script }, { task, skip }) => {
    const { command, driver } = script!;
    task.meta.cell = { runtime: name, program: "epoll beside the kernel's" };
    if (missing !== undefined) skip(missing);
    const count = SEQUENCES[driver];
    const { status, said } = await ending([...command, "dist/tests/fuzz-epoll.js", `${count}`, `${SEED}`, driver]);
    expect(said).toContain(`0 differences in ${count} sequences, ${driver}, seed ${SEED}\n`);
    expect(status).toBe(0);
  },
);
