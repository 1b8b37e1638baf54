/** Components whose imports have other types than the WIT are refused before they run. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mismatch } from "../../../../../wasi-host/bindings/preview2/import-types.ts";
import type { ComponentHost } from "../../../../../wasi-host/components/host.ts";
import { CompiledComponent } from "../../../../../wasi-host/components/linker.ts";
import { compiled, compileModule } from "../../components/wat.ts";

/** Has every function; calling one ends the guest. */
function host(): ComponentHost & { readonly compared: string[] } {
  const compared: string[] = [];
  return {
    compared,
    mismatch(interfaceName, name, type) {
      compared.push(`${interfaceName} ${name}`);
      return mismatch(interfaceName, name, type);
    },
    lower: () => () => {
      throw new WebAssembly.RuntimeError("called");
    },
    drop: () => () => undefined,
    waits: () => false,
  };
}

const MEMORY = `
  (core module $libc (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))`;
const OPTIONS = `(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))`;

/** A component that imports one function, after declarations in its instance. */
const importing = (interfaceName: string, name: string, type: string, before = "") => `
  (import "${interfaceName}" (instance $i ${before} (export "${name}" (func ${type}))))
  ${MEMORY}
  (core func (canon lower (func $i "${name}") ${OPTIONS}))`;

const CLOCK = "wasi:clocks/monotonic-clock@0.2.3";
const RANDOM = "wasi:random/random@0.2.0";
const RUN = "wasi:cli/exit@0.2.6";
const POLL = "wasi:io/poll@0.2.3";
const POLLABLE = `(export "pollable" (type $pollable (sub resource)))`;

describe("an import", () => {
  it.each([
    ["a number", importing(CLOCK, "now", "(result u64)")],
    ["a list", importing(RANDOM, "get-random-bytes", `(param "len" u64) (result (list u8))`)],
    ["a result without payloads", importing(RUN, "exit", `(param "status" (result))`)],
    [
      "a list of borrowed handles",
      importing(POLL, "poll", `(param "in" (list (borrow $pollable))) (result (list u32))`, POLLABLE),
    ],
    ["of another world", importing("test:other/clock", "now", "(result u8)")],
    ["of a function that the WIT does not have", importing(CLOCK, "later", "(result u8)")],
  ])("is linked with the type of the WIT: %s", async (_, wat) => {
    (await compiled(wat)).link({ host: host() });
  });

  it.each([
    [
      "another result",
      importing(CLOCK, "now", "(result u32)"),
      `${CLOCK} now as func() -> u32, and its WIT has func() -> u64`,
    ],
    ["no result", importing(CLOCK, "now", ""), "as func(), and its WIT has func() -> u64"],
    [
      "one parameter too few",
      importing(RANDOM, "get-random-bytes", "(result (list u8))"),
      "as func() -> list<u8>, and its WIT has func(len: u64) -> list<u8>",
    ],
    [
      "another name of a parameter",
      importing(RANDOM, "get-random-bytes", `(param "length" u64) (result (list u8))`),
      "as func(length: u64) -> list<u8>, and its WIT has func(len: u64)",
    ],
    [
      "another element",
      importing(RANDOM, "get-random-bytes", `(param "len" u64) (result (list u16))`),
      "-> list<u16>, and its WIT has func(len: u64) -> list<u8>",
    ],
    [
      "handles that are given away",
      importing(POLL, "poll", `(param "in" (list (own $pollable))) (result (list u32))`, POLLABLE),
      "as func(in: list<own<pollable>>) -> list<u32>, and its WIT has func(in: list<borrow<pollable>>) -> list<u32>",
    ],
    [
      "handles of another resource",
      importing(
        POLL,
        "poll",
        `(param "in" (list (borrow $p))) (result (list u32))`,
        `(export "poll-able" (type $p (sub resource)))`,
      ),
      "as func(in: list<borrow<poll-able>>) -> list<u32>",
    ],
    [
      "a payload where there is none",
      importing(RUN, "exit", `(param "status" (result u8))`),
      "as func(status: result<u8, _>), and its WIT has func(status: result<_, _>)",
    ],
    [
      "an option of something else",
      importing("wasi:cli/environment@0.2.0", "initial-cwd", "(result (option u32))"),
      "as func() -> option<u32>, and its WIT has func() -> option<string>",
    ],
    [
      "other fields",
      importing("wasi:clocks/wall-clock@0.2.0", "now", "(result $datetime)", datetime("nanos")),
      "record { seconds: u64, nanos: u32 }, and its WIT has func() -> record { seconds: u64, nanoseconds: u32 }",
    ],
    [
      "a tuple of something else",
      importing("wasi:random/insecure-seed@0.2.0", "insecure-seed", "(result (tuple u64 u32))"),
      "tuple<u64, u32>, and its WIT has func() -> tuple<u64, u64>",
    ],
    [
      "an enum with other cases",
      importing(
        "wasi:sockets/tcp-create-socket@0.2.0",
        "create-tcp-socket",
        `(param "address-family" $f) (result (result u8 (error u8)))`,
        `(type $e (enum "ipv6" "ipv4")) (export "ip-address-family" (type $f (eq $e)))`,
      ),
      "func(address-family: enum { ipv6, ipv4 })",
    ],
  ])("is refused by name and with both types: %s", async (_, wat, message) => {
    const component = await compiled(wat);
    expect(() => component.link({ host: host() })).toThrow(
      expect.objectContaining({ code: "ERR_COMPONENT_IMPORT", message: expect.stringContaining(message) }),
    );
  });

  it("has the type of the WIT in all bundled programs", async () => {
    for (const name of ["echo-epoll", "client"]) {
      const bytes = readFileSync(`dist/programs/${name}.component.wasm`);
      const all = host();
      (await CompiledComponent.compile(bytes, compileModule)).link({ host: all });
      expect(all.compared.length).toBeGreaterThanOrEqual(20);
    }
  });
});

function datetime(second: string): string {
  return `(type $r (record (field "seconds" u64) (field "${second}" u32))) (export "datetime" (type $datetime (eq $r)))`;
}
