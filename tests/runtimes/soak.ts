/**
 * Short connections, many after each other: what a program and its runtime keep of each shows in their memory.
 *
 *     npm run soak [CONNECTIONS] [RUNTIME]            100,000, and the newest wasmtime with the component
 *
 * Prints the resident memory after a warm-up of a tenth, and at the end. The status is 1 where it has grown by more than a
 * tenth.
 */
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";
import { Client, until } from "../programs/client.ts";
import { Messages } from "../programs/messages.ts";
import { Subject } from "./subject.ts";

/** So many are connected at a time. */
export const AT_ONCE = 20;
const LARGEST = 2048;
/** What memory may grow by, as a share of what it was after the warm-up. */
export const MAX_GROWTH = 0.1;

export interface Memory {
  /** MiB, when a tenth of the connections has come and gone, and when all have. */
  warm: number;
  end: number;
  /** Compared bytes. */
  bytes: number;
}

/** Every connection sends a message and compares what comes back; one in four is reset, the others part. */
export async function soak(subject: Subject, connections: number): Promise<Memory> {
  const random = new Messages();
  const before = await visits(subject, random, Math.ceil(connections / 10));
  const warm = subject.residentMiB;
  const after = await visits(subject, random, connections - Math.ceil(connections / 10));
  return { warm, end: subject.residentMiB, bytes: before + after };
}

/** Returns when the program has let go of all of them. */
async function visits(subject: Subject, random: Messages, count: number): Promise<number> {
  let bytes = 0;
  let left = count;
  const visitor = async () => {
    while (left > 0) {
      const resets = left-- % 4 === 0;
      const client = await Client.connect(subject.port);
      const message = random.next(LARGEST);
      await client.send(message);
      if (!(await client.receive(message.length)).equals(message)) throw new Error("a message came back changed");
      bytes += message.length;
      await (resets ? client.reset() : client.part());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  await until(() => subject.connections === 0);
  return bytes;
}

async function main(count: number, name: string): Promise<void> {
  const runtime = RUNTIMES.find((candidate) => candidate.name === name);
  if (runtime === undefined || !(count >= 100 && count <= 10_000_000) || !Number.isInteger(count)) {
    const names = RUNTIMES.map(({ name }) => `'${name}'`).join(", ");
    throw new Error(`bad arguments: expected 100 to 10000000 CONNECTIONS, and as RUNTIME one of ${names}`);
  }
  if (runtime.missing !== undefined) throw new Error(`${name}: ${runtime.missing}`);
  const program = PROGRAMS.find(({ args }) => args.includes("--level"))!;
  await using subject = await Subject.start(runtime, program);
  const start = performance.now();
  const { warm, end, bytes } = await soak(subject, count);
  const seconds = (performance.now() - start) / 1000;
  const growth = end / warm - 1;
  console.log(
    `${name} ${runtime.version}, ${program.name}: ${count.toLocaleString("en")} connections, ${bytes.toLocaleString("en")} bytes ` +
      `compared, in ${seconds.toFixed(0)} s; resident ${warm.toFixed(1)} MiB after a tenth of them, ${end.toFixed(1)} MiB at the end ` +
      `(${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)} %)`,
  );
  if (growth > MAX_GROWTH) throw new Error(`memory has grown by more than ${MAX_GROWTH * 100} %`);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main(Number(argv[2] ?? 100_000), argv[3] ?? "wasmtime 49, component");
  } catch (error) {
    console.error(`soak: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
