/** Mistakes of embedders: each is an error with a `code`, and names the value and the remedy. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ArgumentError, DisposedError, parseAddress, run, WasiHost } from "../../wasi-host/index.ts";
import { inlineModule } from "../script-runtime.ts";

const TYPE = "ERR_INVALID_ARG_TYPE";
const VALUE = "ERR_INVALID_ARG_VALUE";
/** Magic number and version. */
const MODULE = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
/** Imports env.abort: (type (func)) (import "env" "abort" (func (type 0))). */
const FOREIGN = Uint8Array.from([
  ...[...MODULE, 1, 4, 1, 0x60, 0, 0, 2, 13, 1, 3],
  ...[...new TextEncoder().encode("env"), 5, ...new TextEncoder().encode("abort"), 0, 0],
]);
const ECHO = readFileSync(new URL("../../dist/programs/echo-poll.wasm", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript would refuse is the subject.
const wrong = (value: unknown) => value as any;

const MISTAKES: Record<string, [call: () => unknown, code: string, message: string]> = {
  "a path given to run": [
    () => run(wrong("server.wasm")),
    TYPE,
    "run('server.wasm'): expected a WebAssembly.Module, or the bytes of a module or component as a Uint8Array; read the file: run(await readFile(path), ...)",
  ],
  "a URL given to run": [
    () => run(wrong(new URL("file:///server.wasm"))),
    TYPE,
    "run(URL): expected a WebAssembly.Module",
  ],
  "an ArrayBuffer given to run": [
    () => run(wrong(new ArrayBuffer(8))),
    TYPE,
    "the bytes of a module or component as a Uint8Array",
  ],
  "an instance given to run": [
    () => run(wrong(new WebAssembly.Instance(new WebAssembly.Module(MODULE)))),
    TYPE,
    "expected a WebAssembly.Module",
  ],
  "nothing given to run": [() => run(wrong(undefined)), TYPE, "run(undefined): expected"],
  "a library given to run": [() => run(MODULE, { sleep: "blocking" }), VALUE, "does not export 'memory'"],
  "a program for another target, in this thread": [
    () => run(FOREIGN, { sleep: "blocking" }),
    VALUE,
    "the module imports env.abort, which is not in wasi_snapshot_preview1; AssemblyScript: compile with --use abort=",
  ],
  "a misspelt option of run": [
    () => run(MODULE, wrong({ lisen: ["127.0.0.1:0"] })),
    VALUE,
    "run has no option 'lisen': did you mean 'listen'?",
  ],
  "an option of run in other letters": [
    () => run(MODULE, wrong({ onlistening: () => {} })),
    VALUE,
    "did you mean 'onListening'?",
  ],
  "two letters exchanged": [() => run(MODULE, wrong({ evn: {} })), VALUE, "did you mean 'env'?"],
  "an option of run that is nothing like one": [
    () => run(MODULE, wrong({ port: 80 })),
    VALUE,
    "run has no option 'port': expected args, env, ",
  ],
  "a misspelt limit of run": [
    () => run(MODULE, { limits: wrong({ page: 1 }) }),
    VALUE,
    "limits has no option 'page': did you mean 'pages'?",
  ],
  "a limit out of range": [
    () => run(MODULE, { limits: { pages: -1 } }),
    "ERR_OUT_OF_RANGE",
    "limits.pages -1: expected a whole number from 0 to 65536",
  ],
  "a misspelt option of WasiHost.open": [
    () => WasiHost.open(wrong({ argv: [] })),
    VALUE,
    "WasiHost.open has no option 'argv': did you mean 'args'?",
  ],
  "an option of run's given to WasiHost.open": [
    () => WasiHost.open(wrong({ onListening: () => {} })),
    VALUE,
    "WasiHost.open has no option 'onListening'",
  ],
  "an address in place of options": [
    () => WasiHost.open(wrong("127.0.0.1:0")),
    TYPE,
    "'127.0.0.1:0' is not an options object",
  ],
  "one address in place of an array": [
    () => WasiHost.open({ listen: wrong("127.0.0.1:0") }),
    TYPE,
    "listen '127.0.0.1:0': expected an array, each HOST:PORT, for example '127.0.0.1:8080', or { host, port }",
  ],
  "a port in place of an address": [
    () => WasiHost.open({ listen: [wrong(8080)] }),
    TYPE,
    "listen[0] 8080: expected HOST:PORT",
  ],
  "an address without a port": [
    () => WasiHost.open({ listen: [wrong({ host: "::1" })] }),
    TYPE,
    "listen[0] Object: expected",
  ],
  "arguments as one text": [
    () => run(MODULE, { args: wrong("a b") }),
    TYPE,
    "args 'a b': expected an array, each text",
  ],
  "a number among the arguments": [
    () => run(MODULE, { args: ["a", wrong(5)] }),
    TYPE,
    "args[1] 5: expected text without NUL",
  ],
  "a NUL in an argument": [() => run(MODULE, { args: ["a\0b"] }), TYPE, "args[0] 'a\0b': expected text without NUL"],
  "variables in an array": [
    () => run(MODULE, { env: wrong(["A=1"]) }),
    TYPE,
    "env Array: expected an object whose values are each text",
  ],
  "a number in a variable": [() => run(MODULE, { env: { PORT: wrong(80) } }), TYPE, "env['PORT'] 80: expected text"],
  "a variable that is undefined": [
    () => run(MODULE, { env: { HOME: wrong(undefined) } }),
    TYPE,
    "env['HOME'] undefined: expected text",
  ],
  "a variable with = in its name": [() => run(MODULE, { env: { "A=B": "1" } }), TYPE, "env['A=B'] '1': expected"],
  "directories in an array": [() => WasiHost.open({ dirs: wrong(["/tmp"]) }), TYPE, "dirs Array: expected an object"],
  "a directory without its path": [
    () => WasiHost.open({ dirs: { "/": wrong({ readOnly: true }) } }),
    TYPE,
    "dirs['/'] Object: expected a path, or { path, readOnly }",
  ],
  "one descriptor in place of an array": [
    () => WasiHost.open({ listenFds: wrong(3) }),
    TYPE,
    "listenFds 3: expected an array",
  ],
  "one grant in place of an array": [
    () => WasiHost.open({ connect: wrong("127.0.0.1:80") }),
    TYPE,
    "connect '127.0.0.1:80': expected an array",
  ],
  "an object that is no driver": [
    () => WasiHost.open({ driver: wrong({}) }),
    TYPE,
    "driver Object: expected a driver's name",
  ],
  "an unknown way to sleep": [
    () => WasiHost.open({ sleep: wrong("suspend") }),
    TYPE,
    "sleep 'suspend': expected 'blocking', 'suspending', 'stepping'",
  ],
  "an unknown way to sleep of run": [
    () => run(MODULE, { sleep: wrong("thread") }),
    TYPE,
    "sleep 'thread': expected 'blocking', 'suspending', 'stepping', 'worker'",
  ],
  "a number for stdin": [
    () => run(MODULE, { stdin: wrong(0) }),
    TYPE,
    "stdin 0: expected text, bytes, or a stream of bytes",
  ],
  "null for stdout": [
    () => run(MODULE, { stdout: wrong(null) }),
    TYPE,
    "stdout null: expected a function, or a stream",
  ],
  "a bad listen address": [() => WasiHost.open({ listen: ["8080"] }), VALUE, "bad address '8080': expected HOST:PORT"],
  "an IPv6 address without brackets": [() => parseAddress("::1:8080"), VALUE, "in brackets: [::1]:8080"],
  "a bad grant": [() => WasiHost.open({ connect: ["*:80"] }), VALUE, "bad address '*:80'"],
  "a directory that does not exist": [
    () => WasiHost.open({ dirs: { "/x": "/no/such" } }),
    VALUE,
    "no such directory: '/no/such'",
  ],
  "a file in place of a directory": [
    () => WasiHost.open({ dirs: { "/x": "package.json" } }),
    VALUE,
    "'package.json' is a file, and only directories can be granted; grant its directory",
  ],
  "an unknown driver": [() => WasiHost.open({ driver: "epoll" }), VALUE, "unknown driver 'epoll'"],
  "an unknown base": [() => WasiHost.open({ base: wrong("node"), dirs: { "/": "." } }), VALUE, "unknown base 'node'"],
  "a trace of no call": [
    () => WasiHost.open({ trace: { filter: ["fd_dup"], write: () => {} } }),
    VALUE,
    "no host call is named 'fd_dup'",
  ],
  "a descriptor that is no listener": [
    () => WasiHost.open({ listenFds: [999] }),
    VALUE,
    "no listener at descriptor 999",
  ],
};

describe("an error with a code that names the value and the remedy:", () => {
  it.each(Object.entries(MISTAKES))("%s", async (_, [call, code, message]) => {
    const error = await (async () => call())().then(
      () => undefined,
      (reason: Error & { code: string }) => reason,
    );
    expect(error?.message).toContain(message);
    expect(error?.code).toBe(code);
    expect(error).toBeInstanceOf(code === "ERR_OUT_OF_RANGE" ? RangeError : ArgumentError);
  });
});

it.each(["blocking", "worker"] as const)("a system error has its code (sleep: '%s')", async (sleep) => {
  using other = await WasiHost.open({ listen: ["127.0.0.1:0"] });
  const refused = run(ECHO, { listen: [...other.listening], sleep });
  await expect(refused).rejects.toMatchObject({ code: "EADDRINUSE", syscall: "bind", name: "SystemError" });
});

it.each(["blocking", "worker"] as const)(
  "a directory that does not exist has its code (sleep: '%s')",
  async (sleep) => {
    await expect(run(ECHO, { dirs: { "/": "/no/such" }, sleep })).rejects.toMatchObject({ code: VALUE });
  },
);

it("disposing a host ends its program with ERR_DISPOSED", async () => {
  const host = await WasiHost.open({ sleep: "stepping", driver: "simulated" });
  const exports = { memory: new WebAssembly.Memory({ initial: 1 }), pollux_step: () => 0x7fff_ffff };
  const ended = host.startAsync({ exports } as unknown as WebAssembly.Instance);
  host.dispose();
  await expect(ended).rejects.toMatchObject({ code: "ERR_DISPOSED", message: "the host is disposed" });
});

it("a disposed host starts nothing", async () => {
  const host = await WasiHost.open();
  host.dispose();
  const exports = { memory: new WebAssembly.Memory({ initial: 1 }), _start: () => {} };
  expect(() => host.start({ exports } as unknown as WebAssembly.Instance)).toThrow(DisposedError);
  host.dispose();
});

it.each(["dist/index.js", "dist/host.js", "dist/web/index.js"])("stack traces of %s have the class names", (file) => {
  const script = `
    const library = await import(${JSON.stringify(path.resolve(file))});
    for (const [name, value] of Object.entries(library)) {
      if (typeof value === "function" && /^[A-Z]/.test(name) && value.name.startsWith("_")) console.log(name, value.name);
    }
    console.log("done");`;
  const [program, ...words] = inlineModule(script);
  const { stdout } = spawnSync(program, words, { encoding: "utf8" });
  expect(stdout).toBe("done\n");
});
