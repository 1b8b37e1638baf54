/** What the command refuses to run, and how it says so. */
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

describe("what cannot be run is one line that names the value and the remedy, and status 2", () => {
  const REFUSED: Record<string, [() => string[], string]> = {
    "no command": [() => [], "no command given: expected run, echo, models or init; see pollux --help"],
    "an unknown command": [
      () => ["rum"],
      "unknown command 'rum': expected run, echo, models or init; see pollux --help",
    ],
    "an unknown option": [
      () => ["run", "--lisen", "x", guest],
      "unknown option '--lisen' (Did you mean --listen?); see pollux --help",
    ],
    "an option without its value": [
      () => ["run", "--listen"],
      "option '--listen <address>' argument missing; see pollux --help",
    ],
    "no module": [() => ["run"], "missing required argument 'module'; see pollux --help"],
    "a missing file": [() => ["run", "/no/such.wasm"], "no such file: '/no/such.wasm'; give the path of a .wasm file"],
    "a directory": [() => ["run", "/"], "cannot read '/': EISDIR; give the path of a .wasm file"],
    "a file that is no wasm": [() => ["run", file("text", "text\n")], "text' is no WebAssembly module"],
    "an empty file": [() => ["run", file("empty", "")], "empty' is no WebAssembly module"],
    "a component": [
      () => ["run", file("component", Uint8Array.from([0, 0x61, 0x73, 0x6d, 13, 0, 1, 0]))],
      "component' is a WebAssembly component; pollux runs core modules built for wasi_snapshot_preview1",
    ],
    "another import module": [
      () => ["run", importing("env.wasm", "env", "abort")],
      "imports env.abort, which is not in wasi_snapshot_preview1; build it for WASI preview1",
    ],
    "a call that preview1 does not have": [
      () => ["run", importing("odd.wasm", "wasi_snapshot_preview1", "fd_dup")],
      "imports wasi_snapshot_preview1.fd_dup, which is not in wasi_snapshot_preview1",
    ],
    "a name that every object has": [
      () => ["run", importing("object.wasm", "wasi_snapshot_preview1", "toString")],
      "imports wasi_snapshot_preview1.toString",
    ],
    "a module without memory": [() => ["run", wasm("bare.wasm")], "exports no memory under the name 'memory'"],
    "a module that is no program": [
      () => ["run", wasm("library.wasm", section(5, 1, 0, 1), section(7, 1, ...text("memory"), 2, 0))],
      "exports no _start and no pollux_step: it is a library, not a program",
    ],
    "a bad address": [
      () => ["run", "--listen", "foo", guest],
      "bad address 'foo': expected HOST:PORT, for example 127.0.0.1:9999",
    ],
    "an address that this machine does not have": [
      () => ["run", "--listen", "192.0.2.1:80", guest],
      "EADDRNOTAVAIL: bind 192.0.2.1:80: this machine has no such address",
    ],
    "a bad --connect": [
      () => ["run", "--connect", "example.org:80", guest],
      "bad address 'example.org:80': 'example.org' is no IP address; expected HOST:PORT",
    ],
    "a bad --bind": [
      () => ["run", "--bind", "*:*", guest],
      "bad address '*:*': '*' is no IP address; expected HOST:PORT",
    ],
    "a bad --dir": [() => ["run", "--dir", "data", guest], "bad --dir 'data': expected HOST::GUEST, for example"],
    "a directory that does not exist": [
      () => ["run", "--dir", "/no/such::/data", guest],
      "no such directory: '/no/such'; give one that exists",
    ],
    "a directory granted twice": [() => ["run", "--dir", ".::/a", "--dir", "/::/a", guest], "'/a' is given twice"],
    "a bad --env": [() => ["run", "--env", "NAME", guest], "bad --env 'NAME': expected KEY=VALUE, for example"],
    "an --env without a name": [() => ["run", "--env", "=x", guest], "bad --env '=x': expected KEY=VALUE"],
    "an unknown driver": [() => ["run", "--driver", "none", guest], "unknown driver 'none': expected posix"],
    "edge-triggered poll": [
      () => ["echo", "--api", "poll", "--edge"],
      "--edge with --api poll: poll is level-triggered; use --api epoll --edge",
    ],
    "an unknown api": [
      () => ["echo", "--api", "select"],
      "option '--api <api>' argument 'select' is invalid. Allowed choices are poll, epoll; see pollux --help",
    ],
    "an argument too many": [
      () => ["echo", "more"],
      "too many arguments for 'echo'. Expected 0 arguments but got 1; see pollux --help",
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
