/** Other listeners than our own addresses: Unix sockets, and sockets that the command inherits. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIKE_NODE } from "../../runtimes/catalogue.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { WasiHost, type WasiHostOptions } from "../../wasi-host/index.ts";
import { isGo } from "../../wasi-host/running/go.ts";
import { pollux, Run, shellWords } from "./command.ts";
import { section, text, wasm } from "./guest-program.ts";

const ECHO = fileURLToPath(new URL("../../dist/programs/echo-epoll.wasm", import.meta.url));

const ECHO_COMPONENT = ECHO.replace(".wasm", ".component.wasm");

let directory: string;
let name: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "pollux-listeners-"));
  name = path.join(directory, "echo.sock");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The answer to "hello". */
function echoed(to: net.NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = net.connect(to).once("error", reject);
    client.write("hello");
    client.once("data", (bytes) => {
      client.destroy();
      resolve(String(bytes));
    });
  });
}

describe("an inherited listener", () => {
  it("blocks unless the embedder sets NONBLOCK", async () => {
    const nonblocking = async (options: WasiHostOptions) => {
      using host = await WasiHost.open({ listen: ["127.0.0.1:0"], ...options });
      return host.descriptors.get(3)!.nonblocking;
    };
    expect(await nonblocking({})).toBe(false);
    expect(await nonblocking({ nonblockingListeners: true })).toBe(true);
  });

  it("is NONBLOCK for Go programs, which the host recognizes by a linker section", async () => {
    const go = await readFile(wasm("go.wasm", section(0, ...text("go:buildid"), 0)));
    const other = await readFile(wasm("other.wasm", section(0, ...text("producers"), 0)));
    expect(isGo(new WebAssembly.Module(go))).toBe(true);
    expect(isGo(new WebAssembly.Module(other))).toBe(false);
  });
});

describe.each(["posix", "net"])("--listen unix:PATH on the %s driver", (driver) => {
  it("serves there, and replaces a name left by a killed process", async () => {
    for (let round = 0; round < 2; round++) {
      const run = new Run("run", "--driver", driver, "--listen", `unix:${name}`, ECHO, "--quiet");
      await run.printed(new RegExp(`^listening on unix:${name}\n`));
      expect(await echoed({ path: name })).toBe("hello");
      run.child.kill("SIGKILL");
      await run.ended;
      expect(existsSync(name)).toBe(true);
    }
  });

  it("removes its name when the host is disposed", async () => {
    const host = await WasiHost.open({ driver, listen: [`unix:${name}`] });
    expect(host.listening).toEqual([{ host: name, port: -1 }]);
    expect(existsSync(name)).toBe(true);
    host.dispose();
    expect(existsSync(name)).toBe(false);
  });

  it("is EADDRINUSE if the path has a listener or a file, which stays unchanged", async () => {
    const live = await WasiHost.open({ driver, listen: [`unix:${name}`] });
    await expect(WasiHost.open({ driver, listen: [`unix:${name}`] })).rejects.toThrow(`EADDRINUSE: bind ${name}`);
    await new Promise((resolve) =>
      net
        .connect(name)
        .once("connect", resolve)
        .on("error", () => {}),
    );
    live.dispose();
    writeFileSync(name, "a file");
    expect((await pollux("run", "--driver", driver, "--listen", `unix:${name}`, ECHO)).error).toMatch(
      /^pollux: EADDRINUSE: bind .*\n$/,
    );
    expect(existsSync(name)).toBe(true);
  });

  it("is refused by name if the path is too long", async () => {
    const long = `/${"x".repeat(120)}`;
    await expect(WasiHost.open({ driver, listen: [`unix:${long}`] })).rejects.toThrow(
      `ENAMETOOLONG: address unix:${long}: the path of a Unix socket has 107 bytes at most, and this one 121`,
    );
  });
});

describe.each(["posix", "net"])("--listen-fd on the %s driver", (name) => {
  /** Starts the command by a shell, with a listener at its descriptor 3. */
  function inheriting(environment: string, option: string, runtime?: readonly string[], program = [ECHO]) {
    const driver = new PosixDriver();
    const listener = driver.listen({ host: "127.0.0.1", port: 0 });
    const { port } = driver.localAddress(listener)!;
    const words = program.map((word) => word.replace("PORT", String(port)));
    const script = `${environment} exec ${shellWords(runtime)} "$@"`;
    const args = ["-c", script, "sh", "run", "--driver", name, "--listen-fd", option, ...words, "--quiet"];
    const child = spawn("sh", args, { stdio: ["pipe", "pipe", "pipe", listener] });
    driver.dispose();
    let error = "";
    child.stderr!.on("data", (bytes) => (error += bytes));
    const status = new Promise((resolve) => child.once("close", resolve));
    return { port, child, status, error: () => error };
  }

  it.each([
    ["a number", "", "3"],
    ["all of systemd's", "LISTEN_PID=$$ LISTEN_FDS=1", "systemd"],
    ["one of systemd's by its name", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web", "web"],
  ])("uses an inherited listener: %s", async (_, environment, option) => {
    const { port, child, status, error } = inheriting(environment, option);
    expect(await echoed({ port, host: "127.0.0.1" })).toBe("hello");
    expect(error()).toBe(`listening on 127.0.0.1:${port}\n`);
    child.kill();
    await status;
  });

  it("gives a component an inherited listener for its bind to that address", async () => {
    const program = [ECHO_COMPONENT, "--listen", "127.0.0.1:PORT"];
    const { port, child, status, error } = inheriting("", "3", undefined, program);
    expect(await echoed({ port, host: "127.0.0.1" })).toBe("hello");
    // Both the command and the program say so.
    expect(error()).toBe(`listening on 127.0.0.1:${port}\n`.repeat(2));
    child.kill();
    await status;
  });

  it.for(LIKE_NODE)("uses an inherited listener under $name", async ({ command, missing }, { skip }) => {
    if (missing !== undefined) skip(missing);
    const { port, child, status, error } = inheriting("", "3", command);
    expect(await echoed({ port, host: "127.0.0.1" })).toBe("hello");
    expect(error()).toBe(`listening on 127.0.0.1:${port}\n`);
    child.kill();
    await status;
  });

  it.each([
    ["LISTEN_PID=1 LISTEN_FDS=1", "systemd", /bad --listen-fd 'systemd': LISTEN_PID is 1, but this process is \d+/],
    ["LISTEN_FDS=", "systemd", /bad --listen-fd 'systemd': LISTEN_FDS is not set/],
    [
      "LISTEN_FDS=1 LISTEN_FDNAMES=web",
      "api",
      /bad --listen-fd 'api': LISTEN_FDNAMES is 'web'; expected a number, systemd/,
    ],
    ["", "1000", /no listener at descriptor 1000: expected an inherited listening socket/],
    ["", "1", /no listener at descriptor 1:/],
  ])("is refused by name if there is no listener: %s, %s", async (environment, option, line) => {
    const { status, error, child } = inheriting(environment, option);
    child.stdout!.destroy();
    expect(await status).toBe(2);
    expect(error()).toMatch(line);
  });
});
