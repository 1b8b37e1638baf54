/**
 * Runs a program on a host on which only poll_oneoff sleeps: every other call that would sleep is refused with EAGAIN,
 * and named.
 *
 *     node poll-sleeps-runner.js PROGRAM.wasm [--listen HOST:PORT] [--connect HOST:PORT] [ARGUMENTS...]
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type Driver, formatAddress, WasiHost } from "../../wasi-host/index.ts";
import { Errno, openDriver } from "../../wasi-host/internal.ts";

const SLEEPS = "poll_oneoff";

/** The guest's current call. */
let call = "";

function refused(timeout: number): boolean {
  if (timeout === 0 || call === SLEEPS) return false;
  process.stderr.write(`${call} would sleep\n`);
  return true;
}

/** The driver's two ways to sleep. */
function watched(driver: Driver): Driver {
  const poll = driver.poll.bind(driver);
  driver.poll = (fds, count, timeout, edges) => (refused(timeout) ? -Errno.AGAIN : poll(fds, count, timeout, edges));
  const edges = driver.edges.bind(driver);
  driver.edges = () => {
    const queue = edges();
    const park = queue.park.bind(queue);
    queue.park = (timeout) => (refused(timeout) ? -Errno.AGAIN : park(timeout));
    return queue;
  };
  return driver;
}

// biome-ignore lint/suspicious/noExplicitAny: each call has the signature that the witx says.
type Call = (...args: any[]) => unknown;

const { values, positionals } = parseArgs({
  options: { listen: { type: "string" }, connect: { type: "string" } },
  allowPositionals: true,
});
const [file, ...args] = positionals;
const host = await WasiHost.open({
  args: [basename(file), ...args],
  listen: values.listen === undefined ? [] : [values.listen],
  connect: values.connect === undefined ? [] : [values.connect],
  driver: watched(await openDriver(undefined)),
});
const imports = Object.entries(host.imports.wasi_snapshot_preview1).map(([name, answer]) => [
  name,
  (...given: unknown[]) => {
    call = name;
    return (answer as Call)(...given);
  },
]);
const { instance } = await WebAssembly.instantiate(await readFile(file), {
  wasi_snapshot_preview1: Object.fromEntries(imports),
});
for (const address of host.listening) process.stderr.write(`listening on ${formatAddress(address)}\n`);
process.exitCode = host.start(instance);
host.dispose();
