import { describe, expect, it } from "vitest";
import { call, compiled, linked, TinyHost, trapOf } from "./wat.ts";

/** A memory, and a realloc that gives out 64 bytes after 64 bytes from 1024 on. */
const ALLOCATOR = `
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 64))))`;

/** Calls \`greet: func(name: string) -> string\` of the host with what it is called with itself. */
const GREETER = `
  (import "test:host/greeting@1.2.3" (instance $host (export "greet" (func (param "name" string) (result string)))))
  (core module $libc ${ALLOCATOR})
  (core instance $libc (instantiate $libc))
  (core func $greet (canon lower (func $host "greet") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "host" "greet" (func $greet (param i32 i32 i32)))
    (func (export "f") (param i32 i32) (result i32) (call $greet (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
  (core instance $main (instantiate $main (with "host" (instance (export "greet" (func $greet))))))
  (func (export "f") (param "name" string) (result string)
    (canon lift (core func $main "f") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))`;

describe("a function of the host", () => {
  it("gets the memory and the realloc of the calling module", async () => {
    const host = new TinyHost({
      "test:host/greeting greet":
        ({ memory, realloc }) =>
        (address, length, result) => {
          const bytes = (at: number, size: number) => new Uint8Array(memory!.buffer, at, size);
          const text = `hello, ${new TextDecoder().decode(bytes(address as number, length as number))}`;
          const at = realloc!(0, 0, 1, text.length);
          bytes(at, text.length).set(new TextEncoder().encode(text));
          new Uint32Array(memory!.buffer, result as number, 2).set([at, text.length]);
          return undefined;
        },
    });
    expect(call(await linked(GREETER, host), "f", "world")).toBe("hello, world");
    expect(host.asked).toEqual(["test:host/greeting 1.2.3 greet"]);
  });

  it("has the same realloc and the same handles in each lowering with the same options", async () => {
    const seen: unknown[][] = [];
    const note = (name: string) => ({
      [`test:host/a ${name}`]: (lowering: {
        readonly realloc: unknown;
        readonly handles: unknown;
        readonly memory: unknown;
      }) => {
        seen.push([lowering.memory, lowering.realloc, lowering.handles]);
        return () => undefined;
      },
    });
    await linked(
      `(import "test:host/a" (instance $a (export "f" (func (result string))) (export "g" (func (result string)))))
       (core module $libc ${ALLOCATOR}) (core instance $libc (instantiate $libc))
       (core func (canon lower (func $a "f") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
       (core func (canon lower (func $a "g") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))`,
      new TinyHost({ ...note("f"), ...note("g") }),
    );
    expect(seen).toHaveLength(2);
    for (const [index, value] of seen[0].entries()) expect(seen[1][index]).toBe(value);
  });

  it("of WASI that is not here traps when it is called, and names its provider", async () => {
    const exports = await linked(
      `(import "wasi:http/outgoing-handler@0.2.3" (instance $http (export "f" (func))))
       (core func $f (canon lower (func $http "f")))
       (core module $main (import "" "f" (func $f)) (func (export "f") (call $f)))
       (core instance $main (instantiate $main (with "" (instance (export "f" (func $f))))))
       (func (export "f") (canon lift (core func $main "f")))`,
    );
    expect(trapOf(() => call(exports, "f"))).toBe(
      "wasi:http/outgoing-handler@0.2.3 f is not here: it is provided by wasmtime serve, wasmtime run -S http or jco serve",
    );
  });

  it("of another package that is not here is refused, with all other missing ones", async () => {
    const refused = linked(
      `(import "my:dep/store@1.0.0" (instance $a (export "f" (func))))
       (import "wasmcloud:bus/lattice@1.0.0" (instance $b (export "f" (func))))
       (core func (canon lower (func $a "f")))`,
    );
    await expect(refused).rejects.toMatchObject({
      code: "ERR_COMPONENT_IMPORT",
      message:
        "the component imports what no host here has: my:dep/store@1.0.0 (provided by a component that exports it: compose them with wac plug), wasmcloud:bus/lattice@1.0.0 (provided by wasmCloud)",
    });
  });

  it.each([
    ["another signature", '(import "" "f" (func (param i64)))'],
    ["its signature and another one", '(import "" "f" (func (param i32))) (import "" "f" (func (param i64)))'],
  ])("that a module imports with %s is refused", async (_, imports) => {
    const refused = linked(
      `(import "test:host/a" (instance $a (export "f" (func (param "x" u32)))))
       (core func $f (canon lower (func $a "f")))
       (core module $main ${imports})
       (core instance (instantiate $main (with "" (instance (export "f" (func $f))))))`,
      new TinyHost({ "test:host/a f": () => () => undefined }),
    );
    await expect(refused).rejects.toMatchObject({
      code: "ERR_COMPONENT_INVALID",
      message: expect.stringMatching(
        /^damaged component at byte \d+: a core module imports '' 'f' as i64 -> , and is given i32 -> $/,
      ),
    });
  });

  it.each([
    ["0.2.0", undefined],
    ["0.2.12", undefined],
    ["0.2.99", undefined],
    [
      "0.3.0",
      "the component imports wasi:io/poll@0.3.0: pollux runs WASI 0.2.0 to 0.2.12; wasmtime 46 and later run WASI 0.3",
    ],
    [
      "0.2.0-rc-2023-11-10",
      "the component imports wasi:io/poll@0.2.0-rc-2023-11-10: pollux runs WASI 0.2.0 to 0.2.12; build it for WASI 0.2",
    ],
    ["0.1.0", "the component imports wasi:io/poll@0.1.0: pollux runs WASI 0.2.0 to 0.2.12; build it for WASI 0.2"],
  ])("of WASI %s runs, or is refused by name", async (version, message) => {
    const component = await compiled(`(import "wasi:io/poll@${version}" (instance (export "f" (func))))`);
    const link = () => component.link({ host: new TinyHost() });
    if (message === undefined) expect(link).not.toThrow();
    else expect(link).toThrow(message);
  });
});

describe("canonical options", () => {
  const lowered = (type: string, options: string) =>
    linked(
      `(import "test:host/a" (instance $a (export "f" (func ${type}))))
       (core module $libc ${ALLOCATOR} (func (export "small") (param i32) (result i32) (i32.const 0)))
       (core instance $libc (instantiate $libc))
       (core func (canon lower (func $a "f") ${options}))`,
      new TinyHost({ "test:host/a f": () => () => undefined }),
    );

  // Faults that the text format's own checks allow.
  it("are refused for another string encoding than UTF-8", async () => {
    const options = '(memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16';
    await expect(lowered('(param "x" string)', options)).rejects.toMatchObject({ code: "ERR_COMPONENT_UNSUPPORTED" });
    await lowered('(param "x" u32)', options);
  });

  it("are refused without the memory that values need", async () => {
    await expect(lowered('(param "x" string)', "")).rejects.toThrow(
      "expected a memory, for the values do not fit in a call",
    );
    await expect(lowered("(result (tuple u32 u32))", "")).rejects.toThrow("expected a memory");
    await expect(lowered("(result string)", '(memory (core memory $libc "memory"))')).rejects.toThrow(
      "expected a realloc, for something is allocated",
    );
  });

  it("are refused if realloc has another signature", async () => {
    await expect(
      lowered("(result string)", '(memory (core memory $libc "memory")) (realloc (core func $libc "small"))'),
    ).rejects.toThrow("realloc is i32 -> i32, expected i32 i32 i32 i32 -> i32");
  });
});

describe("a resource of the host", () => {
  it("is dropped by the interface that declares it, from any component", async () => {
    const host = new TinyHost();
    const exports = await linked(
      `(import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
       (alias export $poll "pollable" (type $pollable))
       (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
         (alias outer 1 $pollable (type $outer))
         (export "pollable" (type $p (eq $outer)))
         (export "subscribe" (func (result (own $p))))))
       (alias export $clock "pollable" (type $same))
       (core func $drop (canon resource.drop $same))
       (core module $main (import "" "drop" (func $drop (param i32))) (func (export "f") (call $drop (i32.const 7))))
       (core instance $main (instantiate $main (with "" (instance (export "drop" (func $drop))))))
       (func (export "f") (canon lift (core func $main "f")))`,
      host,
    );
    call(exports, "f");
    expect(host.dropped).toEqual(["wasi:io/poll pollable 7"]);
  });
});

/** A component with a resource, whose destructor counts. */
const COUNTER = `
  (core module $counter
    (global $dropped (mut i32) (i32.const 0))
    (func (export "drop") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $counter (instantiate $counter))
  (type $r (resource (rep i32) (dtor (core func $counter "drop"))))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))`;

describe("a resource of the component itself", () => {
  const uses = (body: string) =>
    linked(
      `${COUNTER}
       (core module $main
         (import "" "new" (func $new (param i32) (result i32)))
         (import "" "rep" (func $rep (param i32) (result i32)))
         (import "" "drop" (func $drop (param i32)))
         (import "" "dropped" (func $dropped (result i32)))
         (func (export "f") (result i32) ${body}))
       (core instance $main (instantiate $main (with "" (instance
         (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop)) (export "dropped" (func $counter "dropped"))))))
       (func (export "f") (result u32) (canon lift (core func $main "f")))`,
    );

  it("is known by the component's number", async () => {
    expect(call(await uses("(call $rep (call $new (i32.const 42)))"), "f")).toBe(42);
  });

  it("is destroyed when its handle is dropped", async () => {
    const body = "(call $drop (call $new (i32.const 42))) (call $drop (call $new (i32.const 8))) (call $dropped)";
    expect(call(await uses(body), "f")).toBe(50);
  });

  it.each([
    ["rep", "(call $rep (i32.const 5))"],
    ["drop", "(call $drop (i32.const 5)) (i32.const 0)"],
  ])("traps in resource.%s for a handle that is not open", async (_, body) => {
    const exports = await uses(body);
    expect(trapOf(() => call(exports, "f"))).toBe("handle 5 is not open");
  });
});

describe("a component that has trapped", () => {
  it("cannot be entered again", async () => {
    const exports = await linked(
      `(core module $main (func (export "f") unreachable))
       (core instance $main (instantiate $main))
       (func (export "f") (canon lift (core func $main "f")))`,
    );
    expect(trapOf(() => call(exports, "f"))).toMatch(/unreachable/);
    expect(trapOf(() => call(exports, "f"))).toBe("the component is called while a call is under way, or after a trap");
  });
});

describe("post-return", () => {
  it("gets the returned values after the result has been read, and may call no import", async () => {
    const exports = (body: string) =>
      linked(
        `(import "test:host/a" (instance $a (export "f" (func))))
         (core func $f (canon lower (func $a "f")))
         (core module $main
           (import "" "f" (func $f))
           (memory (export "memory") 1)
           (data (i32.const 8) "\\10\\00\\00\\00\\02\\00\\00\\00")
           (data (i32.const 16) "ok")
           (func (export "f") (result i32) (i32.const 8))
           (func (export "post") (param i32) ${body}))
         (core instance $main (instantiate $main (with "" (instance (export "f" (func $f))))))
         (func (export "f") (result string)
           (canon lift (core func $main "f") (memory (core memory $main "memory")) (post-return (core func $main "post"))))`,
        new TinyHost({ "test:host/a f": () => () => undefined }),
      );
    const clears = await exports("(i32.store16 (i32.load (local.get 0)) (i32.const 0))");
    expect([call(clears, "f"), call(clears, "f")]).toEqual(["ok", "\0\0"]);
    const calls = await exports("(call $f)");
    expect(trapOf(() => call(calls, "f"))).toBe("test:host/a f is called inside of realloc or post-return");
  });
});

/** The inner component adds "!" to a string; the outer one calls it with what it is called with. */
const SHOUT = (body: string) => `
  (component $inner
    (core module $m ${ALLOCATOR}
      (func (export "shout") (param $at i32) (param $size i32) (result i32)
        (i32.store8 (i32.add (local.get $at) (local.get $size)) (i32.const 33))
        (i32.store (i32.const 8) (local.get $at))
        (i32.store (i32.const 12) (i32.add (local.get $size) (i32.const 1)))
        (i32.const 8)))
    (core instance $m (instantiate $m))
    (func (export "shout") (param "text" string) (result string)
      (canon lift (core func $m "shout") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $inner (instantiate $inner))
  (core module $libc ${ALLOCATOR})
  (core instance $libc (instantiate $libc))
  (core func $shout (canon lower (func $inner "shout") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "" "shout" (func $shout (param i32 i32 i32)))
    (import "" "memory" (memory 1))
    (func (export "f") (param i32 i32) (result i32) ${body} (i32.const 16)))
  (core instance $main (instantiate $main (with "" (instance (export "shout" (func $shout)) (export "memory" (memory $libc "memory"))))))
  (func (export "f") (param "text" string) (result string)
    (canon lift (core func $main "f") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))`;

describe("a call from one component to another", () => {
  it("carries strings between the memories in both directions", async () => {
    const exports = await linked(SHOUT("(call $shout (local.get 0) (local.get 1) (i32.const 16))"));
    expect(call(exports, "f", "h\u00e9 \u{1f600}")).toBe("h\u00e9 \u{1f600}!");
  });

  it.each([
    [
      "a string past memory",
      "(call $shout (i32.const 65530) (i32.const 7) (i32.const 16))",
      "a string has 7 bytes at 65530, which are not all in memory",
    ],
    [
      "a string of absurd length",
      "(call $shout (i32.const 0) (i32.const -1) (i32.const 16))",
      "a string has 4294967295 bytes, expected less than 268435456",
    ],
    [
      "a string that is no UTF-8",
      "(i32.store8 (i32.const 0) (i32.const 255)) (call $shout (i32.const 0) (i32.const 1) (i32.const 16))",
      "a string at 0 is not in UTF-8",
    ],
    [
      "a result past memory",
      "(call $shout (i32.const 0) (i32.const 1) (i32.const 65532))",
      "a result has 8 bytes at 65532, which are not all in memory",
    ],
    [
      "a result that is not aligned",
      "(call $shout (i32.const 0) (i32.const 1) (i32.const 18))",
      "a result is at 18, which is not a multiple of 4",
    ],
  ])("traps for %s", async (_, body, message) => {
    const exports = await linked(SHOUT(body));
    expect(trapOf(() => call(exports, "f", ""))).toBe(message);
  });

  /** The inner component owns the resource; the outer one makes one, lends it, and drops or keeps what it has. */
  const borrows = (body: string) => `
    (component $inner ${COUNTER}
      (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 42)))
        (func (export "read") (param i32) (result i32) (local.get 0)))
      (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
      (export $t "r" (type $r))
      (func (export "make") (result (own $t)) (canon lift (core func $m "make")))
      (func (export "read") (param "self" (borrow $t)) (result u32) (canon lift (core func $m "read")))
      (func (export "dropped") (result u32) (canon lift (core func $counter "dropped"))))
    (instance $inner (instantiate $inner))
    (alias export $inner "r" (type $r))
    (core func $make (canon lower (func $inner "make")))
    (core func $read (canon lower (func $inner "read")))
    (core func $dropped (canon lower (func $inner "dropped")))
    (core func $drop (canon resource.drop $r))
    (core module $main
      (import "" "make" (func $make (result i32)))
      (import "" "read" (func $read (param i32) (result i32)))
      (import "" "dropped" (func $dropped (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (result i32) (local $h i32) (local.set $h (call $make)) ${body}))
    (core instance $main (instantiate $main (with "" (instance
      (export "make" (func $make)) (export "read" (func $read)) (export "dropped" (func $dropped)) (export "drop" (func $drop))))))
    (func (export "f") (result u32) (canon lift (core func $main "f")))`;

  it("lends a handle to the component that owns the resource, as its representation", async () => {
    expect(call(await linked(borrows("(call $read (local.get $h))")), "f")).toBe(42);
  });

  it("calls the owner's destructor when another component drops the handle", async () => {
    expect(call(await linked(borrows("(call $drop (local.get $h)) (call $dropped)")), "f")).toBe(42);
  });

  it("traps for a handle that was dropped", async () => {
    const exports = await linked(borrows("(call $drop (local.get $h)) (call $read (local.get $h))"));
    expect(trapOf(() => call(exports, "f"))).toBe("handle 1 is not open");
  });

  it("is refused if it would carry a resource of the host", async () => {
    const refused = linked(
      `(import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
       (alias export $poll "pollable" (type $pollable))
       (component $inner (import "pollable" (type $p (sub resource)))
         (core module $m (func (export "f") (param i32))) (core instance $m (instantiate $m))
         (func (export "f") (param "p" (own $p)) (canon lift (core func $m "f"))))
       (instance $inner (instantiate $inner (with "pollable" (type $pollable))))
       (core func (canon lower (func $inner "f")))`,
    );
    await expect(refused).rejects.toMatchObject({
      code: "ERR_COMPONENT_UNSUPPORTED",
      message:
        "the component passes a resource of the host (pollable) from one component to another, which is not supported",
    });
  });
});

describe("the work of linking", () => {
  /** Each component has ten of the one before. */
  const tenfold = (levels: number): string => {
    const inner = levels === 0 ? "(component $c)" : `(component $c ${tenfold(levels - 1)})`;
    return `${inner} ${"(instance (instantiate $c))".repeat(10)}`;
  };

  it("is bounded: more than 10,000 nested instances are refused", async () => {
    await linked(tenfold(2));
    await expect(linked(tenfold(6))).rejects.toMatchObject({
      code: "ERR_COMPONENT_UNSUPPORTED",
      message: expect.stringMatching(/^the component is too large at byte \d+: it has more than 10000 instances$/),
    });
  });

  it("is bounded: each nested type is computed once", async () => {
    const tuples = Array.from({ length: 24 }, (_, index) => `(type $t${index + 1} (tuple $t${index} $t${index}))`);
    await linked(`(type $t0 (tuple u8)) ${tuples.join(" ")}`);
    const more = Array.from(
      { length: 40 },
      (_, index) => `(type $t${index + 1} (result $t${index} (error $t${index})))`,
    );
    await linked(`(type $t0 (result)) ${more.join(" ")}`);
  });
});
