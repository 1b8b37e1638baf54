/**
 * A process stopped and continued (Ctrl-Z and fg, docker pause) while it sleeps: the sleep keeps its deadline. A
 * ppoll(2) of the same length sleeps beside it, which the kernel prolongs by the stop: the test compares their ends.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inlineModule } from "../script-runtime.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LIBRARY = new URL("../../dist/index.js", import.meta.url).href;
const SLEEP_MS = 2500;
const STOPS = 6;
const STOP_MS = 200;

const OURS = `
  const { Core, Epoll, EpollEvents, Poll, selectSync } = await import(${JSON.stringify(LIBRARY)});
  const core = await Core.open({ driver: process.argv.at(-2) });
  const sleeps = {
    epoll: () => new Epoll(core).waitSync(new EpollEvents(core, 1), ${SLEEP_MS}),
    poll: () => new Poll(core).pollSync(${SLEEP_MS}),
    select: () => selectSync(core, [], [], [], ${SLEEP_MS}),
  };
  console.log("sleeps");
  sleeps[process.argv.at(-1)]();
  core.dispose();`;

const PPOLL = `
  import koffi from "koffi";
  const ppoll = koffi.load("libc.so.6").func("int ppoll(void *fds, uint64_t count, void *timeout, void *signals)");
  console.log("sleeps");
  ppoll(null, 0, new BigInt64Array([${Math.floor(SLEEP_MS / 1000)}n, ${(SLEEP_MS % 1000) * 1e6}n]), null);`;

async function asleep(script: string, ...args: string[]) {
  const [program, ...words] = inlineModule(script);
  const child = spawn(program, [...words, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, STOP_MS));

describe.skipIf(process.platform !== "linux")("a process that is stopped and continued", () => {
  it.concurrent.each(
    ["posix", "net"].flatMap((driver) => ["epoll", "poll", "select"].map((wait) => [driver, wait] as const)),
  )("on the %s driver, ends a sleep in %s in time", async (driver, wait) => {
    const ours = await asleep(OURS, driver, wait);
    const control = await asleep(PPOLL);
    const order: string[] = [];
    const ends = [
      once(ours, "exit").then(() => order.push("ours")),
      once(control, "exit").then(() => order.push("ppoll")),
    ];
    for (let stop = 0; stop < STOPS; stop++) {
      for (const child of [ours, control]) child.kill("SIGSTOP");
      await pause();
      for (const child of [ours, control]) child.kill("SIGCONT");
    }
    await Promise.all(ends);
    expect(order).toEqual(["ours", "ppoll"]);
  });
});
