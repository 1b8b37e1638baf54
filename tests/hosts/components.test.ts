/** Components instead of modules: `run` and `pollux run`, in each way to wait. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "@bytecodealliance/jco";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../wasi-host/index.ts";
import type { RunOptions } from "../../wasi-host/options/options.ts";
import { canSuspend } from "../../wasi-host/waiting/suspending.ts";
import { pollux, Run } from "./command.ts";

const ECHO = "dist/programs/echo-epoll.component.wasm";
const CLIENT = "dist/programs/client.component.wasm";
const folder = mkdtempSync(path.join(tmpdir(), "pollux-components-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A server's answer to "hello" and the end of the stream. */
async function answer(port: number): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.end("hello");
  let text = "";
  for await (const bytes of socket) text += bytes;
  return text;
}

/** A program from the body of its `run`, with `exit`, `environment` and a memory. */
const program = (body: string) =>
  parse(`(component
    (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
    (core func $exit (canon lower (func $exit "exit")))
    (core module $main
      (import "" "exit" (func $exit (param i32)))
      (func $deep (call $deep))
      (func (export "run") (result i32) ${body}))
    (core instance $main (instantiate $main (with "" (instance (export "exit" (func $exit))))))
    (func $run (result (result)) (canon lift (core func $main "run")))
    (instance $exports (export "run" (func $run)))
    (export "wasi:cli/run@0.2.3" (instance $exports)))`);

const WAYS: RunOptions["sleep"][] = ["blocking", "worker", ...(canSuspend ? (["suspending"] as const) : [])];

describe.each(WAYS)("run, %s", (sleep) => {
  it.each([
    ["its result is ok", "(i32.const 0)", 0],
    ["its result is an error", "(i32.const 1)", 1],
    ["it exits with ok", "(call $exit (i32.const 0)) unreachable", 0],
    ["it exits with an error", "(call $exit (i32.const 1)) unreachable", 1],
  ])("resolves to the status of a component: %s", async (_, body, status) => {
    expect(await run(await program(body), { sleep })).toBe(status);
  });

  it("rejects with its trap, and the frames of the guest", async () => {
    const trap = await run(await program("unreachable"), { sleep }).catch((error: unknown) => error);
    expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
    expect((trap as Error).message).toMatch(/unreachable/);
    expect((trap as Error).stack).toMatch(/wasm-function|wasm:\/\//);
  });

  it("rejects with a trap when it opens more handles than limits.handles", async () => {
    const opener = await parse(`(component
      (import "wasi:io/streams@0.2.0" (instance $streams (export "output-stream" (type (sub resource)))))
      (alias export $streams "output-stream" (type $stream))
      (import "wasi:cli/stdout@0.2.0" (instance $stdout
        (alias outer 1 $stream (type $outer)) (export "output-stream" (type $s (eq $outer)))
        (export "get-stdout" (func (result (own $s))))))
      (core func $get (canon lower (func $stdout "get-stdout")))
      (core module $main
        (import "" "get" (func $get (result i32)))
        (func (export "run") (result i32) (local $count i32)
          (loop $again
            (drop (call $get))
            (br_if $again (i32.lt_u (local.tee $count (i32.add (local.get $count) (i32.const 1))) (i32.const 10))))
          (i32.const 0)))
      (core instance $main (instantiate $main (with "" (instance (export "get" (func $get))))))
      (func $run (result (result)) (canon lift (core func $main "run")))
      (instance $exports (export "run" (func $run)))
      (export "wasi:cli/run@0.2.3" (instance $exports)))`);
    expect(await run(opener, { sleep, limits: { handles: 10 } })).toBe(0);
    await expect(run(opener, { sleep, limits: { handles: 9 } })).rejects.toThrow(
      "no handle for another output-stream: 9 are open, which is the limit",
    );
  });

  it("gives it arguments, and its output to a function", async () => {
    let said = "";
    const status = await run(readFileSync(CLIENT), {
      sleep,
      args: ["client", "here"],
      stderr: (bytes) => {
        said += new TextDecoder().decode(bytes);
      },
    });
    expect([status, said]).toEqual([1, "expected HOST and PORT, for example 127.0.0.1 9999\n"]);
  });
});

describe("run", () => {
  it.each(WAYS.slice(1))("ends when a stream has the component's output, %s", async (sleep) => {
    const chunks: Uint8Array[] = [];
    const stderr = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
    const status = await run(readFileSync(CLIENT), { sleep, args: ["client", "here"], stderr });
    const said = "expected HOST and PORT, for example 127.0.0.1 9999\n";
    expect([status, Buffer.concat(chunks).toString()]).toEqual([1, said]);
  });

  it("lets a component open a granted listener, with the event loop free", async () => {
    const end = new AbortController();
    let announce: (port: number) => void;
    const port = new Promise<number>((resolve) => {
      announce = resolve;
    });
    let said = "";
    const running = run(readFileSync(ECHO), {
      args: ["echo", "--listen", "127.0.0.1:0"],
      bind: ["127.0.0.1:0"],
      signal: end.signal,
      stderr(bytes) {
        said += new TextDecoder().decode(bytes);
        const found = /:(\d+)\n/.exec(said);
        if (found !== null) announce(Number(found[1]));
      },
    });
    expect(await answer(await port)).toBe("hello");
    end.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });

  it("refuses a component an address that is not granted, and reports it", async () => {
    const refused: unknown[] = [];
    const options = {
      args: ["echo", "--listen", "127.0.0.1:0"],
      stderr: () => {},
      onRefused: (refusal: unknown) => void refused.push(refusal),
    };
    expect(await run(readFileSync(ECHO), options)).toBe(1);
    expect(refused).toEqual([
      { call: "tcp-socket.start-bind", address: { host: "127.0.0.1", port: 0 }, option: "bind" },
    ]);
  });

  it.each<[string, RunOptions, string]>([
    [
      "listen: unix:",
      { listen: ["unix:/nowhere/echo.sock"] },
      "a component cannot listen on unix:/nowhere/echo.sock: WASI 0.2 has no Unix sockets; listen on HOST:PORT, or build a module",
    ],
    ["sleep: 'stepping'", { sleep: "stepping" }, "sleep: 'stepping' is for modules: use 'suspending' or 'worker'"],
  ])("refuses the option %s, which a component cannot have", async (_, options, message) => {
    await expect(run(await program("(i32.const 0)"), options)).rejects.toThrow(message);
  });

  it("refuses a component that is no program, with a code and a remedy", async () => {
    const library = run(await parse("(component)"));
    await expect(library).rejects.toMatchObject({
      code: "ERR_COMPONENT_EXPORT",
      message:
        "the component has no wasi:cli/run to run: it is a library that exports nothing: jco transpile makes a JavaScript module of it",
    });
  });

  it("limits the memory of each of a component's modules", async () => {
    const limited = run(readFileSync(ECHO), { limits: { pages: 0 } });
    await expect(limited).rejects.toThrow(/above the limit of 0; raise the limit$/);
  });

  it("ends a computing component at its timeout", async () => {
    const endless = run(await program("(loop $l (br $l)) (i32.const 0)"), { limits: { timeout: 100 } });
    await expect(endless).rejects.toThrow("the program ran longer than 100 ms and was killed");
  });
});

describe("pollux run", () => {
  const file = async (name: string, body: string) => {
    const component = path.join(folder, name);
    writeFileSync(component, await program(body));
    return component;
  };

  it.each(["blocking", "worker"])("serves as a component, %s", async (sleep) => {
    const server = new Run("run", "--sleep", sleep, "--bind", "127.0.0.1:0", ECHO, "--listen", "127.0.0.1:0");
    const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)$/m);
    expect(await answer(Number(port))).toBe("hello");
    server.child.kill("SIGKILL");
    expect(server.error).toBe(`listening on 127.0.0.1:${port}\n`);
  });

  it("grants all addresses by --inherit-network", async () => {
    const server = new Run("run", "--inherit-network", ECHO, "--listen", "127.0.0.1:0");
    const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)$/m);
    expect(await answer(Number(port))).toBe("hello");
    server.child.kill("SIGKILL");
  });

  it("prints with --verbose what it runs, and each refusal", async () => {
    const { status, error } = await pollux("run", "--verbose", ECHO, "--listen", "127.0.0.1:0");
    expect(status).toBe(1);
    expect(error).toContain(`pollux: '${ECHO}' is a component of WASI 0.2\n`);
    const time = String.raw`\d+\.\d`;
    expect(error).toMatch(
      new RegExp(
        `^pollux: linked in ${time} ms: decode ${time}, compile ${time}, instantiate ${time}, bind ${time}$`,
        "m",
      ),
    );
    expect(error).toContain(
      "pollux: tcp-socket.start-bind 127.0.0.1:0: not granted (EACCES); --bind 127.0.0.1:0 grants it\n",
    );
  });

  it("traces each call of a component, and counts them", async () => {
    const traced = await pollux("run", "--trace=tcp-socket", ECHO, "--listen", "127.0.0.1:0");
    const bind = "tcp-socket.start-bind(self=1, network=2, local-address=127.0.0.1:0) = err(access-denied) <";
    expect(traced.error).toContain(bind);
    expect(traced.error).not.toContain("environment.get-arguments");
    const counted = await pollux("run", "--stats", ECHO, "--listen", "127.0.0.1:0");
    expect(counted.error).toMatch(/ {10}1 {8}1 {2}tcp-socket\.start-bind\n/);
  });

  it("ends with 134 and the guest's frames for a trap, with 1 for an error", async () => {
    const trapped = await pollux("run", await file("trap.wasm", "unreachable"));
    expect([trapped.status, trapped.error]).toEqual([134, expect.stringMatching(/^pollux: trap: unreachable\n.*wasm/)]);
    expect((await pollux("run", await file("error.wasm", "(i32.const 1)"))).status).toBe(1);
  });

  it("ends with 134 if the stack is used up", async () => {
    const { status, error } = await pollux("run", await file("deep.wasm", "(call $deep) (i32.const 0)"));
    expect([status, error]).toEqual([134, expect.stringMatching(/^pollux: trap: Maximum call stack size exceeded; /)]);
  });

  it("refuses a damaged component in one line, with status 2", async () => {
    const damaged = path.join(folder, "damaged.wasm");
    writeFileSync(damaged, readFileSync(ECHO).subarray(0, 5000));
    const { status, error } = await pollux("run", damaged);
    expect([status, error]).toEqual([
      2,
      expect.stringMatching(/^pollux: '.*damaged\.wasm': damaged component at byte \d+: expected .*\n$/),
    ]);
    expect(error.split("\n")).toHaveLength(2);
  });
});

describe("--listen of a component", () => {
  it.each(["blocking", "worker"])("opens the listener that the component binds, %s", async (sleep) => {
    const server = new Run("run", "--sleep", sleep, "--listen", "127.0.0.1:0", ECHO, "--listen", "127.0.0.1:0");
    const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)\nlistening on 127\.0\.0\.1:\1\n$/);
    expect(await answer(Number(port))).toBe("hello");
    server.child.kill("SIGKILL");
  });

  it("serves a client that connects before the component is compiled", async () => {
    const server = new Run("run", "--listen", "127.0.0.1:0", ECHO, "--listen", "127.0.0.1:0", "--quiet");
    const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)\n/);
    expect(await answer(Number(port))).toBe("hello");
    server.child.kill("SIGKILL");
  });

  it.each([
    ["a damaged component", "damaged.wasm", /^listening on \S+\npollux: '.*damaged\.wasm': damaged component at byte /],
    ["a refused option", ECHO, /^listening on \S+\npollux: bad address 'nowhere': /],
  ])("ends with status 2 for %s, and closes the listener", async (_, name, line) => {
    const damaged = path.join(folder, "damaged.wasm");
    writeFileSync(damaged, readFileSync(ECHO).subarray(0, 5000));
    const wrong = name === ECHO ? ["--bind", "nowhere"] : [];
    const file = name === ECHO ? ECHO : damaged;
    for (const driver of ["posix", "net"]) {
      const ended = await pollux("run", "--driver", driver, ...wrong, "--listen", "127.0.0.1:0", file);
      expect([ended.status, ended.error]).toEqual([2, expect.stringMatching(line)]);
    }
  });

  it("says why it cannot listen, with status 2", async () => {
    const taken = net.createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as net.AddressInfo;
    const { status, error } = await pollux("run", "--listen", `127.0.0.1:${port}`, ECHO);
    taken.close();
    expect([status, error]).toEqual([
      2,
      expect.stringMatching(`^pollux: EADDRINUSE: bind 127\\.0\\.0\\.1:${port}: the port is in use; .*\n$`),
    ]);
  });

  it("tells an embedder the addresses before the component runs", async () => {
    const end = new AbortController();
    let announce: (port: number) => void;
    const listening = new Promise<number>((resolve) => {
      announce = resolve;
    });
    const running = run(readFileSync(ECHO), {
      args: ["echo", "--listen", "127.0.0.1:0", "--quiet"],
      listen: ["127.0.0.1:0"],
      onListening: ([{ port }]) => announce(port),
      signal: end.signal,
    });
    expect(await answer(await listening)).toBe("hello");
    end.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });
});
