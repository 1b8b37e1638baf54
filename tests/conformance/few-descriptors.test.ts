/**
 * Processes with few descriptors. poll(2) refuses more entries than that, and ours must not lose any; and no call may
 * take a descriptor that has just become free.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Core, Socket, select } from "../../src/index.ts";
import { inlineModule } from "../script-runtime.ts";

const LIMIT = 64;
const LIBRARY = new URL("../../dist/index.js", import.meta.url).href;

/** The last of `count` entries is ready; the others have the `fd` of the script. */
const script = (count: number, fd: string) => `
  const { Core, Socket, POLLIN } = await import(${JSON.stringify(LIBRARY)});
  const core = await Core.open();
  const [end, peer] = Socket.pair(core);
  const [idle] = Socket.pair(core);
  peer.send(new Uint8Array(1));
  const fds = core.exports.pollux_alloc(${count} * 8);
  const view = new DataView(core.exports.memory.buffer);
  for (let index = 0; index < ${count}; index++) {
    view.setInt32(fds + index * 8, index === ${count - 1} ? end.fd : ${fd}, true);
    view.setUint16(fds + index * 8 + 4, POLLIN, true);
  }
  console.log(core.exports.pollux_poll(fds, ${count}, 0), view.getUint16(fds + ${count - 1} * 8 + 6, true));
  core.dispose();`;

/** When one of all used descriptors becomes free: the number of free ones after the process's first wait. */
const SLEEP = `
  const { closeSync, openSync } = await import("node:fs");
  const { Core, DefaultSelector, EVENT_READ, Socket } = await import(${JSON.stringify(LIBRARY)});
  const core = await Core.open();
  const listener = Socket.listen(core, "127.0.0.1:0");
  const selector = new DefaultSelector(core);
  selector.register(listener, EVENT_READ);
  const take = () => {
    for (const taken = []; ; ) try { taken.push(openSync("/dev/null")) } catch { return taken }
  };
  closeSync(take()[0]);
  for (let sleeps = 0; sleeps < 3; sleeps++) await selector.select(20);
  console.log(take().length);
  core.dispose();`;

const run = (text: string) =>
  execFileSync("sh", ["-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh", ...inlineModule(text)], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  }).trim();
const poll = (count: number, fd: string) => run(script(count, fd));

describe(`a process of at most ${LIMIT} descriptors`, () => {
  it.each([10, 100, 1000])("finds the one ready entry among %d negative ones", (count) => {
    expect(poll(count, "-1")).toBe("1 1");
  });

  it("finds a ready entry behind 999 entries of an idle descriptor", () => {
    expect(poll(1000, "idle.fd")).toBe("1 1");
  });

  it("leaves the only free descriptor to accept, when it sleeps for the first time", () => {
    expect(Number(run(SLEEP))).toBeGreaterThanOrEqual(1);
  });
});

it.each(["posix", "net", "simulated"])("a connection that cannot be accepted waits, over %s", async (driver) => {
  // Standard streams, the listener and one client.
  using core = await Core.open({ driver, maxDescriptors: 5 });
  const listener = Socket.listen(core, "127.0.0.1:0");
  const client = Socket.connect(core, listener.localAddress!);
  await select(core, [listener], [], []);
  expect(() => listener.accept()).toThrow(expect.objectContaining({ code: "EMFILE", syscall: "accept" }));
  client.close();
  expect(listener.accept()).toBeInstanceOf(Socket);
});
