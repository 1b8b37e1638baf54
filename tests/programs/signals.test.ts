/** Signals that a program catches: real signals to real processes, on both drivers, in every way to sleep. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { describe, expect, it, vi } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { run } from "../../wasi-host/index.ts";
import { IS_NODE } from "../script-runtime.ts";
import { Client, until } from "./client.ts";
import { CLI, path, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const SIGNALS = path("../../dist/tests/signals.wasm");
const DRAIN = path("../../dist/examples/loop/drain.wasm");
const { program: wasmtime, missing: noWasmtime } = pinned("wasmtime-49");

/** The program under test; it is ready when it says so. */
async function started(words: string[], runtime?: string): Promise<Server> {
  const server = new Server({ name: "signals", source: "edges", runtime, command: () => words }, { quiet: false });
  await server.printed(/ready\n/);
  return server;
}

async function refuses(port: number): Promise<boolean> {
  const late = net.connect(port, "127.0.0.1");
  const answer = await once(late, "connect").catch(({ code }: NodeJS.ErrnoException) => code);
  late.destroy();
  return answer === "ECONNREFUSED";
}

const WAYS = ["posix", "net"].flatMap((driver) =>
  ["blocking", "suspending", "worker"].map((sleep) => ({
    driver,
    sleep,
    // Deno and Bun can suspend.
    needs24: IS_NODE && sleep === "suspending",
    options: ["run", "--driver", driver, "--sleep", sleep],
  })),
);

describe.each(WAYS)("over $driver, $sleep", ({ needs24, options }) => {
  const runtime = needs24 ? NODE_24 : undefined;
  it("a sleeping program gets each signal, and a second request to end ends the process", async ({ skip }) => {
    if (needs24 && NODE_24 === undefined) skip("no Node with JSPI: npm run runtimes");
    const server = await started([CLI, ...options, SIGNALS], runtime);
    expect(server.out).toBe("catches SIGTERM\ncatches SIGINT\ncatches SIGHUP\nready\n");
    for (let round = 1; round <= 3; round++) {
      server.child.kill("SIGHUP");
      await until(() => server.out.match(/heard SIGHUP\n/g)?.length === round);
    }
    server.child.kill("SIGTERM");
    await server.printed(/heard SIGTERM\n/);
    server.child.kill("SIGINT");
    expect(await server.ended).toMatchObject({ status: null, signal: "SIGINT", error: "" });
  });

  it("a server drains: it refuses new clients, serves its own to their end, and exits with 0", async ({ skip }) => {
    if (needs24 && NODE_24 === undefined) skip("no Node with JSPI: npm run runtimes");
    const server = await Server.start(
      { name: "drain", source: "edges", runtime, command: (at) => [CLI, ...options, "--listen", at, DRAIN] },
      { quiet: false },
    );
    const clients = await Client.connectMany(server.port, 5);
    await Promise.all(clients.map((client) => client.roundTrip()));
    server.child.kill("SIGTERM");
    await server.printed(/no more clients\n/);
    // On the net driver another thread closes the listener, soon.
    while (!(await refuses(server.port)));
    for (const client of clients) {
      await client.roundTrip();
      await client.part();
    }
    expect(await server.ended).toMatchObject({ status: 0, signal: null });
  });
});

describe("a program", () => {
  it("that is busy ends at the second signal, with its statistics", async () => {
    const server = await started([CLI, "run", "--stats", SIGNALS, "spin"]);
    server.child.kill("SIGTERM");
    await server.printed(/heard SIGTERM\n/);
    server.child.kill("SIGTERM");
    const { signal, error } = await server.ended;
    expect([signal, / total\n/.test(error)]).toEqual(["SIGTERM", true]);
  });

  it("that catches one signal ends at the first other one", async () => {
    const server = await started([CLI, "run", SIGNALS, "SIGTERM"]);
    server.child.kill("SIGINT");
    expect(await server.ended).toMatchObject({ signal: "SIGINT", out: "catches SIGTERM\nready\n" });
  });

  it("that has cancelled a hook ends at that signal, and catches the others", async () => {
    const server = await started([CLI, "run", SIGNALS, "cancel"]);
    server.child.kill("SIGHUP");
    await server.printed(/heard SIGHUP\n/);
    server.child.kill("SIGTERM");
    await server.printed(/heard SIGTERM\n/);
    server.child.kill("SIGHUP");
    expect((await server.ended).signal).toBe("SIGHUP");
  });

  it("that cancels a hook while the signal is under way ends by the signal", async () => {
    const server = await started([CLI, "run", SIGNALS, "late"]);
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ signal: "SIGTERM", out: "catches SIGTERM\nready\ncancelled\n" });
  });

  it("with nothing else open ends with status 0", async () => {
    const server = await started([CLI, "run", SIGNALS, "end"]);
    expect((await server.ended).status).toBe(0);
  });

  it("that names another signal aborts, and the message names it and the line", async () => {
    const server = new Server(
      { name: "signals", source: "edges", command: () => [CLI, "run", SIGNALS, "SIGKILL"] },
      { quiet: false },
    );
    const { status, error } = await server.ended;
    expect(status).toBe(134);
    expect(error).toMatch(
      /onSignal\("SIGKILL"\): expected SIGTERM, SIGINT or SIGHUP at .*caught-signals\.ts:\d+:\d+\n/,
    );
  });

  it("that does not catch signals runs in the main thread, without their import", () => {
    for (const name of ["proxy", "chat", "idle"]) {
      const module = new WebAssembly.Module(readFileSync(path(`../../dist/examples/loop/${name}.wasm`)));
      expect(WebAssembly.Module.imports(module).map((one) => one.name)).not.toContain("proc_raise");
    }
  });
});

it("docs/programs.md shows the server that drains as it is", () => {
  const source = readFileSync(path("../../examples/loop/drain.ts"), "utf8");
  const code = source.slice(source.indexOf("import ")).trimEnd();
  expect(readFileSync("docs/programs.md", "utf8")).toContain(`\`\`\`ts example\n${code}\n\`\`\``);
});

const REFUSED = "cannot catch SIGTERM\ncannot catch SIGINT\ncannot catch SIGHUP\nready\n";

describe("where no signals are delivered, hooks are inactive:", () => {
  const component = path("../../dist/tests/signals.component.wasm");
  it.for([
    { name: "a component of WASI 0.2, pollux", command: [CLI, "run", component], own: true },
    { name: "a component of WASI 0.2, wasmtime 49", command: [wasmtime, "run", component], missing: noWasmtime },
    {
      name: "a component of WASI 0.3, wasmtime 49",
      command: [wasmtime, "run", component.replace("component", "p3.component")],
      missing: noWasmtime,
    },
    { name: "the module, wasmtime 49", command: [wasmtime, "run", SIGNALS], missing: noWasmtime },
  ])("a signal ends $name", async ({ command, own, missing }, { skip }) => {
    if (missing !== undefined) skip(missing);
    const server = own ? await started(command) : await started(command.slice(1), command[0]);
    expect(server.out).toBe(REFUSED);
    server.child.kill("SIGTERM");
    expect((await server.ended).signal).toBe("SIGTERM");
  });

  it("over a simulated network the guest's timer of an hour ends at once, and then the program", async () => {
    const server = await started([CLI, "run", "--driver", "simulated", "--sleep", "worker", SIGNALS]);
    expect(await server.ended).toMatchObject({ status: 0, signal: null, error: "" });
    expect(server.out).toBe(REFUSED);
  });

  it("in an embedder's process", async () => {
    let out = "";
    const stdout = (bytes: Uint8Array) => void (out += Buffer.from(bytes));
    const abort = new AbortController();
    const running = run(readFileSync(SIGNALS), { args: ["signals"], stdout, signal: abort.signal, sleep: "worker" });
    await until(() => out.includes("ready"));
    expect(out).toBe(REFUSED);
    abort.abort(new Error("over"));
    await expect(running).rejects.toThrow("over");
  });
});
