/**
 * Processes that may have few descriptors. poll(2) refuses more entries than that, and ours may not lose any; and no call
 * takes the descriptor away that has just come free.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const LIMIT = 64;
const LIBRARY = new URL("../../dist/index.js", import.meta.url).href;

/** Of `count` entries the last one's descriptor is ready; the others name the `fd` that the script says. */
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

/** When all descriptors are taken and one comes free: how many there are after the first sleep of the process? */
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
  execFileSync(
    "sh",
    ["-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh", process.execPath, "--input-type=module", "-e", text],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8",
    },
  ).trim();
const poll = (count: number, fd: string) => run(script(count, fd));

describe(`a process of at most ${LIMIT} descriptors`, () => {
  it.each([10, 100, 1000])("finds the ready one of %d entries, the others passed over", (count) => {
    expect(poll(count, "-1")).toBe("1 1");
  });

  it("finds it behind 999 entries of one descriptor that is not", () => {
    expect(poll(1000, "idle.fd")).toBe("1 1");
  });

  it("leaves the one that has come free to whoever accepts, when it sleeps for the first time", () => {
    expect(run(SLEEP)).toBe("1");
  });
});
