import { describe, expect, it } from "vitest";
import * as layout from "../../../wasi-host/bindings/preview2/layout.ts";
import { SimulatedDriver } from "../../../wasi-host/drivers/simulated/index.ts";
import { PREVIEW2_CALLS } from "../../../wasi-host/trace/preview2-calls.ts";
import { PREVIEW2 } from "../../../wasi-host/trace/preview2-signatures.ts";
import { CallStatistics } from "../../../wasi-host/trace/statistics.ts";
import { Tracer } from "../../../wasi-host/trace/tracer.ts";
import { alignmentOf, flatCount, isInMemory, sizeOf, type WitType } from "../../../wasi-host/trace/wit-types.ts";
import { type Connection, FlatGuest, ipv4, ipv6 } from "./flat-guest.ts";

/** The calls of a guest as lines, without their times. */
function traced(filter?: string[]) {
  const guest = new FlatGuest(new SimulatedDriver());
  let text = "";
  guest.observe({ tracer: new Tracer({ filter, write: (part) => (text += part) }) });
  return {
    guest,
    lines() {
      const lines = text.replace(/ <\d+\.\d{6}>$/gm, "").split("\n");
      text = "";
      return lines.slice(0, -1);
    },
  };
}

describe("the trace of WASI 0.2", () => {
  it("shows arguments and results by their names and types", () => {
    const { guest, lines } = traced();
    using _ = guest;
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    guest.read(stdin, 3);
    guest.read(stdin, 100);
    guest.read(stdin, 100);
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    guest.checkWrite(stdout);
    guest.write(stdout, "text\n");
    expect(lines()).toEqual([
      "stdin.get-stdin() = 1",
      'input-stream.read(self=1, len=3) = ok("inp")',
      'input-stream.read(self=1, len=100) = ok("ut")',
      "input-stream.read(self=1, len=100) = err(closed)",
      "stdout.get-stdout() = 2",
      "output-stream.check-write(self=2) = ok(65536)",
      'output-stream.write(self=2, contents="text\\n") = ok',
    ]);
  });

  it("shows addresses, error codes, handles and lists", () => {
    const { guest, lines } = traced();
    using _ = guest;
    const socket = guest.tcp(1);
    guest.start("tcp-socket.start-bind", socket, ipv6(0));
    guest.start("tcp-socket.start-bind", socket, ipv4(80));
    guest.settle("tcp-socket.finish-bind", socket);
    guest.socketCall("tcp-socket.local-address", socket);
    guest.socketCall("tcp-socket.shutdown", socket, 2);
    const shown = lines();
    expect(shown.slice(0, 4)).toEqual([
      "tcp-create-socket.create-tcp-socket(address-family=ipv6) = ok(1)",
      "instance-network.instance-network() = 2",
      "tcp-socket.start-bind(self=1, network=2, local-address=[::1]:0) = ok",
      "tcp-socket.start-bind(self=1, network=2, local-address=127.0.0.1:80) = err(concurrency-conflict)",
    ]);
    expect(shown).toContain("pollable.drop(self=3) = ()");
    expect(shown.at(-2)).toMatch(/^tcp-socket\.local-address\(self=1\) = ok\(\[::1\]:\d+\)$/);
    expect(shown.at(-1)).toBe("tcp-socket.shutdown(self=1, shutdown-type=both) = err(invalid-state)");
    const timer = guest.call("clocks/monotonic-clock#subscribe-duration", 5n) as number;
    guest.poll(timer, timer);
    guest.call("cli/environment#initial-cwd", guest.area);
    expect(lines()).toEqual([
      "monotonic-clock.subscribe-duration(when=5) = 3",
      "poll.poll(in=[3, 3]) = [1, 0]",
      "environment.initial-cwd() = none",
    ]);
  });

  it("shows calls that trap, and arguments that are beyond memory", () => {
    const { guest, lines } = traced();
    using _ = guest;
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    const write = (at: number, length: number) =>
      guest.call("io/streams#[method]output-stream.write", stdout, at, length, guest.area);
    expect(() => write(-1, 10)).toThrow(WebAssembly.RuntimeError);
    expect(() => guest.tcp(7)).toThrow(WebAssembly.RuntimeError);
    expect(lines().slice(1)).toEqual([
      "output-stream.write(self=1, contents=?) = ?",
      "tcp-create-socket.create-tcp-socket(address-family=case 7) = ?",
    ]);
  });

  it("shows the calls of a resource, of an interface, or of a name", () => {
    const { guest, lines } = traced(["output-stream", "monotonic-clock", "input-stream.read"]);
    using _ = guest;
    const [stdin, stdout] = [guest.call("cli/stdin#get-stdin"), guest.call("cli/stdout#get-stdout")] as number[];
    guest.read(stdin, 1);
    guest.call("io/streams#[method]input-stream.skip", stdin, 1n, guest.area);
    guest.checkWrite(stdout);
    guest.call("clocks/monotonic-clock#resolution");
    guest.drop("io/streams/output-stream", stdout);
    expect(lines().map((line) => line.replace(/\(.*/, ""))).toEqual([
      "input-stream.read",
      "output-stream.check-write",
      "monotonic-clock.resolution",
      "output-stream.drop",
    ]);
    expect(() => new Tracer({ filter: ["no-such"], write: () => {} })).toThrow("no host call is named 'no-such'");
  });
});

describe("statistics of WASI 0.2", () => {
  it("count calls and errors", () => {
    using guest = new FlatGuest(new SimulatedDriver());
    const statistics = new CallStatistics();
    guest.observe({ statistics });
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    for (let calls = 0; calls < 3; calls++) guest.read(stdin, 100);
    expect(() => guest.tcp(7)).toThrow(WebAssembly.RuntimeError);
    const rows = String(statistics)
      .split("\n")
      .map((row) => row.trim().split(/\s+/));
    const row = (name: string) => rows.find((cells) => cells.at(-1) === name)?.slice(3, 5);
    expect(row("input-stream.read")).toEqual(["3", "2"]);
    expect(row("tcp-create-socket.create-tcp-socket")).toEqual(["1", "1"]);
    expect(row("stdin.get-stdin")).toEqual(["1", "0"]);
  });
});

describe("the signatures", () => {
  const functions = Object.entries(PREVIEW2).flatMap(([interfaceName, all]) =>
    Object.entries(all).map(([name, signature]) => ({ interfaceName, name, signature })),
  );

  it("are of functions that the host has, with as many core values", () => {
    using guest = new FlatGuest(new SimulatedDriver());
    const { memory, realloc, handles } = guest;
    for (const { interfaceName, name, signature } of functions) {
      const call = guest.host.lower(interfaceName, "0.2.12", name, { memory, realloc, handles });
      expect(call, `${interfaceName} ${name}`).toBeDefined();
      const values = signature.params.reduce((count, [, type]) => count + flatCount(type), 0);
      // A function's length does not count a rest parameter.
      if (values < 12) expect(call!.length, name).toBe(values + (isInMemory(signature.result) ? 1 : 0));
    }
    expect(new Set(PREVIEW2_CALLS).size).toBe(PREVIEW2_CALLS.length);
  });

  it("have the sizes and alignments that the binding writes by", () => {
    const result = (interfaceName: string, name: string) => PREVIEW2[interfaceName][name].result as WitType;
    for (const [type, expected] of [
      [result("wasi:io/streams", "[method]input-stream.read"), layout.RESULT_STREAM],
      [result("wasi:io/streams", "[method]output-stream.check-write"), layout.RESULT_STREAM_U64],
      [result("wasi:clocks/wall-clock", "now"), layout.DATETIME],
      [result("wasi:random/insecure-seed", "insecure-seed"), layout.TWO_U64],
      [result("wasi:cli/environment", "initial-cwd"), layout.OPTION_STRING],
      [result("wasi:cli/terminal-stdin", "get-terminal-stdin"), layout.OPTION_HANDLE],
      [result("wasi:sockets/network", "network-error-code"), layout.OPTION_BYTE],
      [result("wasi:sockets/tcp", "[method]tcp-socket.start-bind"), layout.RESULT_BYTE],
      [result("wasi:sockets/tcp", "[method]tcp-socket.finish-connect"), layout.RESULT_TWO_HANDLES],
      [result("wasi:sockets/tcp", "[method]tcp-socket.accept"), layout.RESULT_THREE_HANDLES],
      [result("wasi:sockets/tcp", "[method]tcp-socket.local-address"), layout.RESULT_ADDRESS],
      [result("wasi:sockets/tcp", "[method]tcp-socket.keep-alive-count"), layout.RESULT_WORD],
      [result("wasi:sockets/tcp", "[method]tcp-socket.keep-alive-interval"), layout.RESULT_U64],
      [result("wasi:sockets/udp", "[method]incoming-datagram-stream.receive"), layout.RESULT_LIST],
      [
        result("wasi:sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address"),
        layout.RESULT_IP_ADDRESS,
      ],
      [result("wasi:filesystem/types", "[method]descriptor.read"), layout.RESULT_BYTES_AND_END],
      [result("wasi:filesystem/types", "[method]descriptor.stat"), layout.RESULT_STAT],
      [result("wasi:filesystem/types", "[method]descriptor.metadata-hash"), layout.RESULT_HASH],
      [
        result("wasi:filesystem/types", "[method]directory-entry-stream.read-directory-entry"),
        layout.RESULT_DIRECTORY_ENTRY,
      ],
    ] as const) {
      expect({ size: sizeOf(type), align: alignmentOf(type) }).toEqual({ size: expected.size, align: expected.align });
    }
    const sent = PREVIEW2["wasi:sockets/udp"]["[method]outgoing-datagram-stream.send"].params[1][1];
    expect(sent.kind === "list" && sizeOf(sent.element)).toBe(layout.OUTGOING_DATAGRAM.size);
  });
});

it("a traced connection carries its bytes", () => {
  const { guest, lines } = traced(["tcp-socket.accept"]);
  using _ = guest;
  const [client, server] = guest.pair();
  guest.write(client.output, "x", "blocking-write-and-flush");
  expect(new TextDecoder().decode(guest.read((server as Connection).input, 9, "blocking-read") as Uint8Array)).toBe(
    "x",
  );
  expect(lines().at(-1)).toMatch(/^tcp-socket\.accept\(self=\d+\) = ok\(\(\d+, \d+, \d+\)\)$/);
});
