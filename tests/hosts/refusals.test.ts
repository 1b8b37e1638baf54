/** The refusals of the command, and their messages. */
import { once } from "node:events";
import net from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { pollux } from "./command.ts";
import { commandGuest } from "./command-guest.ts";
import { FUNCTION_TYPE, file, section, text, wasm } from "./guest-program.ts";

let guest: string;
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);

const importing = (name: string, from: string, what: string) =>
  wasm(name, FUNCTION_TYPE, section(2, 1, ...text(from), ...text(what), 0, 0));

describe("a command that cannot run prints one line with the value and a remedy, and exits with 2", () => {
  const REFUSED: Record<string, [() => string[], string]> = {
    "no command": [() => [], "no command given: expected run, echo, models or init; see pollux --help"],
    "an unknown command": [
      () => ["start"],
      "unknown command 'start': expected run, echo, models or init; see pollux --help",
    ],
    "a misspelt command": [() => ["rnu"], "unknown command 'rnu': did you mean 'run'?"],
    "a module in place of a command": [
      () => ["server.wasm", "--port", "80"],
      "unknown command 'server.wasm': pollux run server.wasm runs a module",
    ],
    "an option of run's before the command": [
      () => ["--listen", "127.0.0.1:0", "run", guest],
      "--listen is an option of pollux run: pollux run --listen ...",
    ],
    "an option that no command has": [() => ["--port", "80"], "unknown option '--port'; see pollux --help"],
    "a misspelt command with options": [
      () => ["rnu", "--listen", "127.0.0.1:0", guest],
      "unknown command 'rnu': did you mean 'run'?",
    ],
    "help of a misspelt command": [() => ["help", "ecoh"], "unknown command 'ecoh': did you mean 'echo'?"],
    "wasmtime's option for a listener": [
      () => ["run", "-S", "tcplisten=127.0.0.1:0", guest],
      "unknown option '-S': --listen HOST:PORT gives the program a listening socket; --connect and --bind grant addresses",
    ],
    "wasmtime's option for the network": [
      () => ["run", "-Sinherit-network", guest],
      "unknown option '-Sinherit-network': --inherit-network grants all addresses; see pollux run --help",
    ],
    "wasmtime's option for a listener, in one": [
      () => ["run", "-Stcplisten=127.0.0.1:0", guest],
      "--listen HOST:PORT gives the program a listening socket",
    ],
    "wazero's option for a listener": [
      () => ["run", "-listen=127.0.0.1:0", guest],
      "unknown option '-listen=127.0.0.1:0': --listen HOST:PORT gives the program a listening socket; see pollux run --help",
    ],
    "wazero's option for a directory": [
      () => ["run", "-mount=.:/", guest],
      "--dir HOST::GUEST grants a directory, --dir HOST::GUEST:ro a read-only one",
    ],
    "wazero's option for a variable": [() => ["run", "-env=A=1", guest], "--env NAME=VALUE sets a variable"],
    "an unknown option": [
      () => ["run", "--lisen", "x", guest],
      "unknown option '--lisen' (Did you mean --listen?); see pollux run --help",
    ],
    "an option without its value": [
      () => ["run", "--listen"],
      "option '--listen <address>' argument missing; see pollux run --help",
    ],
    "no module": [() => ["run"], "missing required argument 'program'; see pollux run --help"],
    "a missing file": [() => ["run", "/no/such.wasm"], "no such file: '/no/such.wasm'; give the path of a .wasm file"],
    "a directory": [() => ["run", "/"], "cannot read '/': EISDIR; give the path of a .wasm file"],
    "a file of another type": [() => ["run", file("text", "text\n")], "text' is not a WebAssembly module"],
    "an empty file": [() => ["run", file("empty", "")], "empty' is not a WebAssembly module"],
    "a component that is no program": [
      () => ["run", file("component", Uint8Array.from([0, 0x61, 0x73, 0x6d, 13, 0, 1, 0]))],
      "the component has no wasi:cli/run to run: it is a library that exports nothing",
    ],
    "another import module": [
      () => ["run", importing("env.wasm", "env", "abort")],
      "imports env.abort, which is not in wasi_snapshot_preview1; AssemblyScript: compile with --use abort=",
    ],
    "a call of the program's own embedder": [
      () => ["run", importing("own.wasm", "env", "draw")],
      "imports env.draw, which is not in wasi_snapshot_preview1; build it for WASI preview1",
    ],
    "JavaScript's globals": [
      () => ["run", importing("date.wasm", "env", "Date.now")],
      "AssemblyScript: WASI has no JavaScript globals; @assemblyscript/wasi-shim implements some of them",
    ],
    "a program for preview0": [
      () => ["run", importing("old.wasm", "wasi_unstable", "fd_write")],
      "it is built for WASI's preview0; build it again",
    ],
    "a program for WASIX": [
      () => ["run", importing("wasix.wasm", "wasix_32v1", "fd_dup")],
      "neither WASIX nor threads",
    ],
    "a part of a component": [
      () => ["run", importing("part.wasm", "wasi:io/poll@0.2.0", "poll")],
      "these are parts of a component; build it for WASI preview1",
    ],
    "Go for JavaScript": [
      () => ["run", importing("js.wasm", "gojs", "runtime.wasmExit")],
      "GOOS=wasip1 in place of GOOS=js",
    ],
    "Rust for JavaScript": [
      () => ["run", importing("wbg.wasm", "wbg", "__wbindgen_throw")],
      "wasm-bindgen is for JavaScript",
    ],
    "C for JavaScript": [
      () => ["run", importing("em.wasm", "env", "emscripten_resize_heap")],
      "Emscripten: link with -sSTANDALONE_WASM",
    ],
    "a memory that is imported": [
      () => ["run", wasm("memory.wasm", section(2, 1, ...text("env"), ...text("memory"), 2, 0, 1))],
      "imports env.memory, which is not in wasi_snapshot_preview1; its memory has to be its own: link without --import-memory",
    ],
    "a call that preview1 does not have": [
      () => ["run", importing("odd.wasm", "wasi_snapshot_preview1", "fd_dup")],
      "imports wasi_snapshot_preview1.fd_dup, which is not in wasi_snapshot_preview1",
    ],
    "a name that every object has": [
      () => ["run", importing("object.wasm", "wasi_snapshot_preview1", "toString")],
      "imports wasi_snapshot_preview1.toString",
    ],
    "a module without memory": [() => ["run", wasm("bare.wasm")], "does not export 'memory', which WASI requires"],
    "a module that is no program": [
      () => ["run", wasm("library.wasm", section(5, 1, 0, 1), section(7, 1, ...text("memory"), 2, 0))],
      "exports neither _start nor pollux_step: it is a library, not a program",
    ],
    "a bad address": [
      () => ["run", "--listen", "foo", guest],
      "bad address 'foo': expected HOST:PORT, for example 127.0.0.1:9999",
    ],
    "an address that this machine does not have": [
      () => ["run", "--listen", "192.0.2.1:80", guest],
      "EADDRNOTAVAIL: bind 192.0.2.1:80: this machine does not have this address",
    ],
    "a bad --connect": [
      () => ["run", "--connect", "-example.org:80", guest],
      "bad address '-example.org:80': '-example.org' is not an IP address; expected HOST:PORT",
    ],
    "a bad --bind": [
      () => ["run", "--bind", "*:*", guest],
      "bad address '*:*': '*' is not an IP address; expected HOST:PORT",
    ],
    "an IPv6 address without brackets": [
      () => ["run", "--listen", "::1:8080", guest],
      "bad address '::1:8080': put an IPv6 address in brackets: [::1]:8080",
    ],
    "a path of a Unix socket that is too long": [
      () => ["run", "--listen", `unix:/tmp/${"x".repeat(200)}`, guest],
      "the path of a Unix socket has 107 bytes at most, and this one 205",
    ],
    "a bad --dir": [
      () => ["run", "--dir", "::/data", guest],
      "bad --dir '::/data': expected HOST or HOST::GUEST, for example ./data::/data or ./data::/data:ro",
    ],
    "a --dir with one colon": [() => ["run", "--dir", "docs:/data", guest], "no such directory: 'docs:/data'"],
    "a --dir that is a file": [
      () => ["run", "--dir", "package.json::/x", guest],
      "'package.json' is a file, and only directories can be granted; grant its directory",
    ],
    "a directory that does not exist": [
      () => ["run", "--dir", "/no/such::/data", guest],
      "no such directory: '/no/such'",
    ],
    "a directory granted twice": [() => ["run", "--dir", ".::/a", "--dir", "/::/a", guest], "'/a' is given twice"],
    "an --env without a name": [
      () => ["run", "--env", "=x", guest],
      "bad --env '=x': expected NAME=VALUE or NAME, for example LANG=C or HOME",
    ],
    "a variable given twice": [() => ["run", "--env", "A=1", "--env", "A", guest], "bad --env 'A': 'A' is given twice"],
    "an unknown driver": [() => ["run", "--driver", "none", guest], "unknown driver 'none': expected posix"],
    "edge-triggered poll": [
      () => ["echo", "--api", "poll", "--edge"],
      "--edge with --api poll: poll is level-triggered; use --api epoll --edge",
    ],
    "an unknown api": [
      () => ["echo", "--api", "select"],
      "option '--api <api>' argument 'select' is invalid. Allowed choices are poll, epoll; see pollux echo --help",
    ],
    "an argument too many": [
      () => ["echo", "more"],
      "too many arguments for 'echo'. Expected 0 arguments but got 1; see pollux echo --help",
    ],
  };

  for (const [what, [args, line]] of Object.entries(REFUSED)) {
    it(what, async () => {
      const { out, error, status } = await pollux(...args());
      expect([out, status]).toEqual(["", 2]);
      expect(error).toMatch(/^pollux: .*\n$/);
      expect(error).toContain(line);
    });
  }

  it("a port in use", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const { error, status } = await pollux("run", "--listen", `127.0.0.1:${port}`, guest, "args");
    server.close();
    expect(status).toBe(2);
    expect(error).toMatch(new RegExp(`^pollux: EADDRINUSE: bind 127.0.0.1:${port}: the port is in use; .*\\n$`));
  });
});
