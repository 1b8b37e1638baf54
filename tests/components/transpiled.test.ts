/** Components with features that our linker lacks: `run` and `pollux run` let jco transpile them. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, print } from "@bytecodealliance/jco";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { run } from "../../wasi-host/index.ts";
import type { RunOptions } from "../../wasi-host/options/options.ts";
import { CLI, pollux, Run } from "../hosts/command.ts";
import { EXPECTED } from "./cases/differences.ts";
import { answersOf } from "./cases/run.ts";
import { built, POLLUX } from "./host.ts";

const ECHO = "dist/programs/echo-epoll.component.wasm";
const folder = mkdtempSync(path.join(tmpdir(), "pollux-transpiled-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GAP =
  "the component passes a resource of the host (output-stream) from one component to another, which is not supported";

const STREAMS = `
  (import "wasi:io/error@0.2.3" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "output-stream" (type $stream (sub resource)))
    (alias outer 1 $error-type (type $outer))
    (export "error" (type $e (eq $outer)))
    (type $failure (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $f (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $f)))))))
  (alias export $streams "output-stream" (type $stream))`;

const LIBC = `
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 64))))
    (data (i32.const 8) "h\\c3\\a9 from another component\\n"))
  (core instance $libc (instantiate $libc))`;

/**
 * Two components and their composition: one makes a printer of a stream of the host, and the other one, the program, has a
 * string printed by it.
 */
const composed = (body: string, more = "") =>
  parse(`(component
    ${STREAMS}
    (component $printing
      ${STREAMS} ${LIBC}
      (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
        (memory (core memory $libc "memory"))))
      (core func $close (canon resource.drop $stream))
      (type $printer (resource (rep i32) (dtor (core func $close))))
      (core func $new (canon resource.new $printer))
      (core module $main
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "write" (func $write (param i32 i32 i32 i32)))
        (func (export "open") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "print") (param i32 i32 i32)
          (call $write (local.get 0) (local.get 1) (local.get 2) (i32.const 512))))
      (core instance $main (instantiate $main (with "" (instance (export "new" (func $new)) (export "write" (func $write))))))
      (export $exported "printer" (type $printer))
      (func (export "open") (param "stream" (own $stream)) (result (own $exported)) (canon lift (core func $main "open")))
      (func (export "print") (param "self" (borrow $exported)) (param "text" string)
        (canon lift (core func $main "print") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
    (instance $printing (instantiate $printing
      (with "wasi:io/error@0.2.3" (instance $error)) (with "wasi:io/streams@0.2.3" (instance $streams))))
    (alias export $printing "printer" (type $printer))

    (import "wasi:cli/stdout@0.2.3" (instance $stdout
      (alias outer 1 $stream (type $outer)) (export "output-stream" (type $s (eq $outer)))
      (export "get-stdout" (func (result (own $s))))))
    (import "wasi:cli/exit@0.2.3" (instance $exit
      (export "exit" (func (param "status" (result))))
      (export "exit-with-code" (func (param "status-code" u8)))))
    ${LIBC}
    (core func $get (canon lower (func $stdout "get-stdout")))
    (core func $open (canon lower (func $printing "open")))
    (core func $print (canon lower (func $printing "print") (memory (core memory $libc "memory"))))
    (core func $close (canon resource.drop $printer))
    (core func $exit (canon lower (func $exit "exit")))
    (core func $exit-with (canon lower (func $exit "exit-with-code")))
    (core module $main
      (import "" "memory" (memory 1))
      (import "" "get" (func $get (result i32)))
      (import "" "open" (func $open (param i32) (result i32)))
      (import "" "print" (func $print (param i32 i32 i32)))
      (import "" "close" (func $close (param i32)))
      (import "" "exit" (func $exit (param i32)))
      (import "" "exit-with" (func $exit-with (param i32)))
      (func $deep (call $deep))
      (func (export "run") (result i32) (local $printer i32) (local $count i32)
        (local.set $printer (call $open (call $get)))
        (call $print (local.get $printer) (i32.const 8) (i32.const 27))
        ${body}))
    (core instance $main (instantiate $main (with "" (instance
      (export "memory" (memory $libc "memory")) (export "get" (func $get)) (export "open" (func $open))
      (export "print" (func $print)) (export "close" (func $close)) (export "exit" (func $exit)) (export "exit-with" (func $exit-with))))))
    (func $run (result (result)) (canon lift (core func $main "run")))
    (instance $exports (export "run" (func $run)))
    (export "wasi:cli/run@0.2.3" (instance $exports))
    ${more})`);

/** A component, composed with one that gets the host's stderr for it. */
async function wrapped(component: string): Promise<Uint8Array> {
  const text = await print(readFileSync(component));
  // Types and imports: the composition has the same ones.
  const head = text.slice("(component".length, text.search(/^ {2}\((core module|component) /m));
  const imports = [...head.matchAll(/\(import "([^"]+)" \(instance/g)].map(([, name]) => name);
  const indexOf = (part: string) => imports.findIndex((name) => name.includes(part));
  const stderr = imports[indexOf("cli/stderr")];
  const [, run] = /"(wasi:cli\/run@[^"#]+)"/.exec(text)!;
  const given = imports.map((name, index) => `(with "${name}" (instance ${name === stderr ? "$stderr" : index}))`);
  return parse(`(component ${head}
    (component $wrapping
      (import "output-stream" (type $stream (sub resource)))
      (import "get-stderr" (func $get (result (own $stream))))
      (core func $get (canon lower (func $get)))
      (core module $main (import "" "get" (func $get (result i32))) (func (export "get") (result i32) (call $get)))
      (core instance $main (instantiate $main (with "" (instance (export "get" (func $get))))))
      (func $lifted (result (own $stream)) (canon lift (core func $main "get")))
      (instance $stderr (export "output-stream" (type $stream)) (export "get-stderr" (func $lifted)))
      (export "${stderr}" (instance $stderr)))
    (component $program ${text.slice("(component".length)}
    (alias export ${indexOf("io/streams")} "output-stream" (type $stream))
    (alias export ${indexOf("cli/stderr")} "get-stderr" (func $get))
    (instance $wrapping (instantiate $wrapping (with "output-stream" (type $stream)) (with "get-stderr" (func $get))))
    (alias export $wrapping "${stderr}" (instance $stderr))
    (instance $program (instantiate $program ${given.join(" ")}))
    (alias export $program "${run}" (instance $run))
    (export "${run}" (instance $run)))`);
}

const PRINTED = "hé from another component\n";

const file = async (name: string, body: string) => {
  const component = path.join(folder, name);
  writeFileSync(component, await composed(body));
  return component;
};

/** Its own output, and what comes of it. */
async function outcome(body: string, options: RunOptions) {
  let out = "";
  const stdout = (bytes: Uint8Array) => void (out += new TextDecoder().decode(bytes));
  const status = await run(await composed(body), { stdout, ...options });
  return [out, status];
}

const ENDS: [string, string, number][] = [
  ["its result is ok", "(call $close (local.get $printer)) (i32.const 0)", 0],
  ["its result is an error", "(i32.const 1)", 1],
  ["it exits with ok", "(call $exit (i32.const 0)) unreachable", 0],
  ["it exits with an error", "(call $exit (i32.const 1)) unreachable", 1],
  ["it exits with a code", "(call $exit-with (i32.const 7)) unreachable", 7],
];

describe.each<RunOptions["sleep"]>(["blocking", "worker"])("run, %s", (sleep) => {
  it.each(ENDS)(
    "runs components that pass a stream of the host, a resource and a string to each other: %s",
    async (_, body, status) => {
      expect(await outcome(body, { sleep })).toEqual([PRINTED, status]);
    },
  );

  it("rejects with its trap, and the frames of the guest", async () => {
    const trap = await outcome("unreachable", { sleep }).catch((error: unknown) => error);
    expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
    expect((trap as Error).message).toMatch(/unreachable/);
    expect((trap as Error).stack).toMatch(/wasm-function|wasm:\/\//);
  });

  it.each([
    ["of a component", "(call $close (local.get $printer)) (call $close (local.get $printer))"],
    ["of the host", "(local.set $count (call $get)) (loop (drop (call $open (local.get $count))) (br 0))"],
  ])("rejects with a trap for a handle that was given away, %s", async (_, use) => {
    const trap = outcome(`${use} (i32.const 0)`, { sleep });
    await expect(trap).rejects.toThrow(new WebAssembly.RuntimeError("unknown handle index 3"));
  });

  it("rejects with the embedder's own error", async () => {
    const stdout = () => {
      throw new Error("full");
    };
    await expect(run(await composed("(i32.const 0)"), { sleep, stdout })).rejects.toThrow(/^full$/);
  });

  it("rejects with a trap when all components together open more handles of the host than limits.handles", async () => {
    const body = `
      (loop $again
        (drop (call $get))
        (br_if $again (i32.lt_u (local.tee $count (i32.add (local.get $count) (i32.const 1))) (i32.const 9))))
      (i32.const 0)`;
    expect(await outcome(body, { sleep, limits: { handles: 10 } })).toEqual([PRINTED, 0]);
    await expect(outcome(body, { sleep, limits: { handles: 9 } })).rejects.toThrow(
      "no handle for another output-stream: 9 are open, which is the limit",
    );
  });

  it("limits the memory of each module", async () => {
    const body = "(i32.eq (memory.grow (i32.const 4)) (i32.const -1))";
    expect(await outcome(body, { sleep, limits: { pages: 5 } })).toEqual([PRINTED, 0]);
    expect(await outcome(body, { sleep, limits: { pages: 4 } })).toEqual([PRINTED, 1]);
  });
});

describe("run", () => {
  it("chooses a worker where it cannot suspend", async () => {
    expect(await outcome("(i32.const 0)", {})).toEqual([PRINTED, 0]);
  });

  it("writes the output of a transpiled program in a worker to a stream, also if the program never suspends", async () => {
    const chunks: Uint8Array[] = [];
    const stdout = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
    expect(await run(await composed("(i32.const 0)"), { stdout })).toBe(0);
    expect(Buffer.concat(chunks).toString()).toBe(PRINTED);
  });

  it("refuses to suspend it, and names the way that it has", async ({ skip }) => {
    if (NODE_24 === undefined) return skip("no Node with JSPI: npm run runtimes");
    const component = await file("suspending.wasm", "(i32.const 0)");
    const { status, stderr } = spawnSync(NODE_24, [CLI, "run", "--sleep", "suspending", component], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      2,
      `pollux: '${component}' cannot start: ${GAP}; jco can run it, but not suspend it: sleep in a 'worker'\n`,
    ]);
  });

  it("ends a computing program at its timeout", async () => {
    const endless = outcome("(loop $l (br $l)) (i32.const 0)", { limits: { timeout: 2_000 } });
    await expect(endless).rejects.toThrow("the program ran longer than 2000 ms and was killed");
  });

  it("gives a program its arguments in UTF-16", async () => {
    const program = await parse(`(component
      (import "wasi:cli/environment@0.2.3" (instance $environment (export "get-arguments" (func (result (list string))))))
      ${LIBC}
      (core func $get (canon lower (func $environment "get-arguments")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16))
      (core module $main
        (import "" "get" (func $get (param i32)))
        (import "" "memory" (memory 1))
        ;; Whether the first argument is of one unit: U+2603, SNOWMAN.
        (func (export "run") (result i32) (local $list i32)
          (call $get (i32.const 512))
          (local.set $list (i32.load (i32.const 512)))
          (i32.or
            (i32.ne (i32.load offset=4 (local.get $list)) (i32.const 1))
            (i32.ne (i32.load16_u (i32.load (local.get $list))) (i32.const 0x2603)))))
      (core instance $main (instantiate $main (with "" (instance
        (export "memory" (memory $libc "memory")) (export "get" (func $get))))))
      (func $run (result (result)) (canon lift (core func $main "run")))
      (instance $exports (export "run" (func $run)))
      (export "wasi:cli/run@0.2.3" (instance $exports)))`);
    expect(await run(program, { args: ["\u2603"] })).toBe(0);
    expect(await run(program, { args: ["\u2604"] })).toBe(1);
  });

  it("runs modules that share a global of a typed reference", async ({ skip }) => {
    if (NODE_24 === undefined) return skip("no Node with such references: npm run runtimes");
    const program = await parse(`(component
      (import "wasi:cli/exit@0.2.3" (instance $exit (export "exit" (func (param "status" (result))))))
      (core func $exit (canon lower (func $exit "exit")))
      (core module $lib (global (export "any") (ref null any) (ref.null any)))
      (core instance $lib (instantiate $lib))
      (core module $main
        (import "" "any" (global $any (ref null any)))
        (import "" "exit" (func $exit (param i32)))
        (func (export "run") (result i32) (call $exit (ref.is_null (global.get $any))) unreachable))
      (core instance $main (instantiate $main (with "" (instance
        (export "any" (global $lib "any")) (export "exit" (func $exit))))))
      (func $run (result (result)) (canon lift (core func $main "run")))
      (instance $exports (export "run" (func $run)))
      (export "wasi:cli/run@0.2.3" (instance $exports)))`);
    const component = path.join(folder, "references.wasm");
    writeFileSync(component, program);
    const { status, stderr } = spawnSync(NODE_24, [CLI, "run", component], { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, ""]);
  });

  it("refuses by name what jco cannot give it either", async () => {
    const program = await composed("(i32.const 0)", '(import "my:dep/store@1.0.0" (instance))');
    await expect(run(program)).rejects.toMatchObject({
      code: "ERR_COMPONENT_IMPORT",
      message:
        "the component imports what no host here has: my:dep/store@1.0.0 (provided by a component that exports it: compose them with wac plug)",
    });
  });
});

describe("pollux run", () => {
  it.each(["blocking", "worker"])(
    "serves by the bundled echo server, composed with another component, %s",
    async (sleep) => {
      const program = path.join(folder, "echo.wasm");
      writeFileSync(program, await wrapped(ECHO));
      const server = new Run("run", "--sleep", sleep, "--bind", "127.0.0.1:0", program, "--listen", "127.0.0.1:0");
      const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)$/m);
      const answers = Array.from({ length: 8 }, async (_, client) => {
        const socket = net.connect(Number(port), "127.0.0.1");
        const sent = Buffer.alloc(1 + 30_000 * client, client);
        socket.end(sent);
        const received: Buffer[] = [];
        for await (const bytes of socket) received.push(bytes);
        return Buffer.concat(received).equals(sent);
      });
      expect(await Promise.all(answers)).toEqual(Array(8).fill(true));
      server.child.kill("SIGKILL");
    },
  );

  it.each([ENDS[1], ENDS[4]])("ends with the status of the program: %s", async (name, body, status) => {
    const { out, error, ...ended } = await pollux("run", await file(`${name}.wasm`, body));
    expect([out, error, ended.status]).toEqual([PRINTED, "", status]);
  });

  it.each(["blocking", "worker"])("ends with 134 and the guest's frames for a trap, %s", async (sleep) => {
    const trapped = await pollux("run", "--sleep", sleep, await file("trap.wasm", "unreachable"));
    expect([trapped.status, trapped.error]).toEqual([
      134,
      expect.stringMatching(/^pollux: trap: .*unreachable.*\n.*wasm/),
    ]);
  });

  it("ends with 134 if the stack is used up", async () => {
    const { status, error } = await pollux("run", await file("deep.wasm", "(call $deep) (i32.const 0)"));
    expect([status, error]).toEqual([134, expect.stringMatching(/^pollux: trap: Maximum call stack size exceeded; /)]);
  });

  it("prints with --verbose why jco transpiled it, and how long that took", async () => {
    const { error } = await pollux("run", "--verbose", await file("verbose.wasm", "(i32.const 0)"));
    expect(error).toContain(" is a component of WASI 0.2\n");
    expect(error).toMatch(/^pollux: (?<gap>.*); jco transpiled it in \d+\.\d ms$/m);
    expect(error).toContain(GAP);
  });

  it("traces each call, and counts them", async () => {
    const program = await file("traced.wasm", "(call $close (local.get $printer)) (i32.const 0)");
    const traced = await pollux("run", "--trace", program);
    expect(traced.error).toMatch(/^stdout\.get-stdout\(\) = 1 </m);
    expect(traced.error).toMatch(/^output-stream\.blocking-write-and-flush\(self=1, .*\) = ok /m);
    expect(traced.error).toMatch(/^output-stream\.drop\(self=1\) = \(\) /m);
    const counted = await pollux("run", "--stats", program);
    expect(counted.error).toMatch(/ {10}1 {8}0 {2}output-stream\.blocking-write-and-flush\n/);
  });

  it("names the package where jco is not installed", async () => {
    const filter = (name: string) => !/[/\\](tests|examples|bench|web|site|\.stamps)$/.test(name);
    cpSync("dist", path.join(folder, "dist"), { recursive: true, filter });
    const program = await file("alone.wasm", "(i32.const 0)");
    // Code is not looked for in the working folder, which may have come with the program.
    const alone = spawnSync(process.execPath, [path.join(folder, "dist/cli.cjs"), "run", program], {
      encoding: "utf8",
    });
    expect([alone.stdout, alone.stderr, alone.status]).toEqual([
      "",
      `pollux: '${program}' cannot start: ${GAP}; jco can run it: npm install @bytecodealliance/jco-transpile\n`,
      2,
    ]);
  });
});

describe("a transpiled component", () => {
  const [host] = POLLUX;
  const component = built("javascript/cases");
  const program = path.join(folder, "cases.wasm");
  /** The interfaces with resources, and with values of all forms. */
  const groups = ["files", "io", "tcp", "udp"];
  const missing = existsSync(component) ? host.missing : "npm run build:guests";
  beforeAll(async () => {
    if (missing === undefined) writeFileSync(program, await wrapped(component));
  });

  it("is not linked", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { error } = await pollux("run", "--verbose", program, "random");
    expect(error).toContain(GAP);
    expect(error).not.toContain("linked in");
  });

  it.for(groups)("gets the answers of a linked one: %s", async (group, { skip }) => {
    if (missing !== undefined) skip(missing);
    expect(await answersOf(host, program, group, EXPECTED[group], [])).toEqual(EXPECTED[group]);
  });
});
