/** pollux/host/web: what it has in place of a process's stdio, and what it says about what cannot be had without Node. */
import { readFileSync } from "node:fs";
import { run, SimulatedDriver, WasiHost } from "pollux/host/web";
import { afterEach, describe, expect, it, vi } from "vitest";

const echo = await WebAssembly.compile(readFileSync("dist/programs/echo-epoll.wasm"));
const client = await WebAssembly.compile(readFileSync("dist/programs/client.wasm"));

afterEach(() => vi.restoreAllMocks());

async function start(module: WebAssembly.Module, ...args: string[]) {
  using host = await WasiHost.open({ args });
  return host.start(await WebAssembly.instantiate(module, { ...host.imports }));
}

describe("without Node", () => {
  it("output goes to the console line by line, and stdin is empty", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    expect(await start(client, "client")).toBe(2);
    expect(error.mock.calls).toEqual([["expected HOST and PORT, for example 127.0.0.1 9999"]]);
    expect(log.mock.calls).toEqual([]);
  });

  it("sockets are simulated by default and by name; a Driver object is accepted", async () => {
    for (const driver of [undefined, "simulated", new SimulatedDriver()]) {
      using host = await WasiHost.open({ driver, listen: ["192.0.2.1:7"] });
      expect(host.listening).toEqual([{ host: "192.0.2.1", port: 7 }]);
    }
  });

  it.each([
    ["a driver", { driver: "posix" }, "no driver 'posix' without Node: expected 'simulated', or a Driver object"],
    ["a directory", { dirs: { "/data": "/folder" } }, "no directory for '/data': dirs needs Node"],
    ["a descriptor", { listenFds: [3] }, "no listener at descriptor 3: listenFds needs Node"],
  ])("an unavailable %s is refused in one line", async (_what, options, line) => {
    await expect(WasiHost.open(options)).rejects.toThrow(line);
  });

  it("a worker is refused", async () => {
    await expect(run(echo, { sleep: "worker" })).rejects.toThrow("sleep: 'worker' needs Node");
  });
});
