/** Measures a host call that does not sleep: a guest calls it in a loop, in its own process. */
import { WasiHost } from "../../wasi-host/index.ts";
import { runAlone } from "../process.ts";

/** The hidden command of `main.ts` that the process runs. */
export const CALLS = "sleep-calls";

type Way = "blocking" | "suspending";
const COUNT = 2_000_000;

/** A `_start` that calls fd_read of a descriptor that is not open, 2,000,000 times: EBADF, and nothing else. */
const MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 12, 2, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0],
  ...[2, 34, 1, 22, ...Buffer.from("wasi_snapshot_preview1"), 7, ...Buffer.from("fd_read"), 0, 0],
  ...[3, 2, 1, 1, 5, 3, 1, 0, 1],
  ...[7, 19, 2, 6, ...Buffer.from("memory"), 2, 0, 6, ...Buffer.from("_start"), 0, 1],
  // local 0 counts down from COUNT, in a loop of: i32.const 99, 0, 0, 0, call 0, drop.
  ...[10, 37, 1, 35, 1, 1, 0x7f, 0x41, 0x80, 0x89, 0xfa, 0, 0x21, 0, 3, 0x40],
  ...[0x41, 0xe3, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0x10, 0, 0x1a],
  ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b],
]);

/** Nanoseconds a call. */
export function costOfCall(way: Way, node: string): Promise<number> {
  return runAlone(CALLS, way, `calls, ${way}`, node);
}

/** Measures the best of several runs; the first of them compile. */
export async function measureCalls(json: string): Promise<void> {
  const sleep = JSON.parse(json) as Way;
  using host = await WasiHost.open({ sleep });
  const { instance } = await WebAssembly.instantiate(MODULE, { ...host.imports });
  let best = Infinity;
  for (let round = 0; round < 8; round++) {
    const start = performance.now();
    if (sleep === "blocking") host.start(instance);
    else await host.startAsync(instance);
    best = Math.min(best, ((performance.now() - start) * 1e6) / COUNT);
  }
  console.log(JSON.stringify(best));
}
