/**
 * Hostile calls of WASI 0.2's flat functions, made directly, without the linker's checks: handles of every kind and
 * invalid ones, pointers and lengths at the edges of memory, a `realloc` that returns rubbish, grows the memory or
 * calls imports.
 *
 * A call may return, trap (WebAssembly.RuntimeError), exit, or sleep for ever. Anything else is a finding. So is a driver's
 * handle that is still open after the host is disposed.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Preview2 } from "../../../wasi-host/bindings/preview2/index.ts";
import {
  DESCRIPTOR,
  ERROR,
  INCOMING_DATAGRAM_STREAM,
  TCP_SOCKET,
} from "../../../wasi-host/bindings/preview2/resources.ts";
import { CONNECTED, LISTENING } from "../../../wasi-host/bindings/preview2/sockets/tcp-socket.ts";
import { HandleTable } from "../../../wasi-host/components/handles.ts";
import type { FlatFunction } from "../../../wasi-host/components/host.ts";
import type { Driver } from "../../../wasi-host/drivers/contract/driver.ts";
import { TRANSFER_WORDS } from "../../../wasi-host/drivers/contract/transfers.ts";
import { openBase } from "../../../wasi-host/files/index.ts";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import { ProcessExit } from "../../../wasi-host/kernel/process-exit.ts";
import { BytesInput, CallbackOutput } from "../../../wasi-host/stdio/given.ts";
import { PREVIEW2 } from "../../../wasi-host/trace/preview2-signatures.ts";
import { flatCount, isInMemory, type WitType } from "../../../wasi-host/trace/wit-types.ts";
import { Wait } from "../../../wasi-host/waiting/wait.ts";
import { Asleep, openBounded } from "./bounded-driver.ts";

const PAGES = 4;
/** The highest handle of a look, and the number of calls between two looks. */
const MAX_KNOWN = 80;
const LOOK_EVERY = 50;
/** The address of results. */
const RESULT = 64_496;
/** wasi:sockets/network's error-code. */
const WOULD_BLOCK = 8;
const SIZE = PAGES * 65_536;
const CALLS = Object.entries(PREVIEW2).flatMap(([interfaceName, functions]) =>
  Object.entries(functions).map(([name, signature]) => ({ interfaceName, name, signature })),
);
const RESOURCES = [
  ...["io/error/error", "io/poll/pollable", "io/streams/input-stream", "io/streams/output-stream"],
  ...["sockets/network/network", "sockets/tcp/tcp-socket", "sockets/udp/udp-socket"],
  ...["sockets/udp/incoming-datagram-stream", "sockets/udp/outgoing-datagram-stream"],
  ...["sockets/ip-name-lookup/resolve-address-stream", "filesystem/types/descriptor"],
  "filesystem/types/directory-entry-stream",
];
const PATHS = [
  "file.txt",
  "directory",
  "link",
  "new",
  "..",
  "",
  "/etc/passwd",
  "a\0b",
  "directory/x",
  "x".repeat(5000),
];

/** mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The allowed ends of a call. */
function isExpected(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof ProcessExit || error instanceof Asleep;
}

/** A finding. Its seed repeats it. */
export class FlatFinding extends Error {}

/** The posix driver passes addresses to the kernel, so a range beyond the memory would be foreign memory. */
function checkRanges(driver: Driver): void {
  const datagrams = driver.datagrams!;
  const calls: [object, string, (...args: never[]) => number][] = [
    [driver, "recv", driver.recv.bind(driver)],
    [driver, "send", driver.send.bind(driver)],
    [datagrams, "recvFrom", datagrams.recvFrom.bind(datagrams)],
    [datagrams, "sendTo", datagrams.sendTo.bind(datagrams)],
  ];
  for (const [owner, name, moves] of calls) {
    const call = moves as (...args: unknown[]) => number;
    Object.assign(owner, {
      [name]: (handle: number, bytes: Uint8Array, offset: number, length: number, ...rest: unknown[]) => {
        if (offset >= 0 && length >= 0 && offset + length <= bytes.length)
          return call(handle, bytes, offset, length, ...rest);
        throw new FlatFinding(`${name} of ${length} bytes at ${offset}, of ${bytes.length}`);
      },
    });
  }
  const { batches } = driver;
  if (batches === undefined) return;
  const transfer = batches.transfer.bind(batches);
  batches.transfer = (list, count, bytes) => {
    for (let entry = 0; entry < count * TRANSFER_WORDS; entry += TRANSFER_WORDS) {
      if (list[entry] < 0 || (list[entry + 1] >>> 0) + (list[entry + 2] >>> 0) <= bytes.length) continue;
      throw new FlatFinding(`transfer of ${list[entry + 2]} bytes at ${list[entry + 1]}, of ${bytes.length}`);
    }
    transfer(list, count, bytes);
  };
}

export interface FlatCalls {
  /** Calls that returned: a run with only traps is noticed. */
  readonly returned: number;
  /** The shares of looks at handles that found a listener, a connection, datagram streams and a file, from 0 to 1. */
  readonly equipped: number;
}

/** Makes that many calls on one guest. */
export async function fuzzFlatCalls(driverName: string, seed: number, calls: number): Promise<FlatCalls> {
  const random = generator(seed);
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)];
  const bounded = await openBounded(driverName);
  const { driver } = bounded;
  checkRanges(driver);
  const directory = mkdtempSync(path.join(tmpdir(), "flat-calls-"));
  writeFileSync(path.join(directory, "file.txt"), "content");
  symlinkSync("file.txt", path.join(directory, "link"));
  const handles = new HandleTable(500);
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES + 4 });
  const now = () => Number(driver.now?.() ?? 0n);
  const way = {
    finish(result: unknown) {
      let current = result;
      while (current instanceof Wait) {
        const { fds, count, deadline, edges } = current;
        const left = deadline === Infinity ? Infinity : Math.max(0, deadline - now());
        const ready = count === 0 && edges !== undefined ? edges.park(left) : driver.poll(fds, count, left, edges);
        const next = current.resume(ready);
        if (next !== current) current.release();
        current = next;
      }
      return current;
    },
  } as ConstructorParameters<typeof Preview2>[0]["way"];
  const host = new Preview2({
    driver,
    way,
    args: ["guest", "argument"],
    env: ["NAME=value"],
    stdios: [new BytesInput(new Uint8Array(100)), new CallbackOutput(() => {}), new CallbackOutput(() => {})],
    grants: {
      connect: new Grants("connect", ["127.0.0.1:*", "[::1]:*", "example.org:*"], undefined, true),
      bind: new Grants("bind", ["127.0.0.1:*", "[::1]:*"]),
    },
    base: await openBase({ "/": directory }),
    resolver: (name) => (name === "example.org" ? ["127.0.0.1"] : { code: "ENOTFOUND" }),
    descriptors: 40,
    bufferedBytes: 200_000,
  });
  bounded.equipped();

  let depth = 0;
  /** The guest is being equipped: its realloc works. */
  let calm = false;
  let top = 65_536;
  const realloc = (_old: number, _oldSize: number, align: number, size: number): number => {
    const kind = calm ? 1 : random();
    if (kind < 0.01) return pick(0, 1, -1, SIZE - 1, SIZE, 0x7fff_fff1);
    if (kind < 0.02 && memory.buffer.byteLength < SIZE + 4 * 65_536) memory.grow(1);
    if (kind < 0.03 && depth < 3) attempt();
    if (kind < 0.035) throw new WebAssembly.RuntimeError("unreachable");
    if (size > SIZE - 65_536) return SIZE - 8;
    top = Math.ceil(top / align) * align;
    if (top + size > SIZE) top = 65_536;
    top += size;
    return top - size;
  };

  /** A call with its result at RESULT. */
  function call(name: string, ...values: (number | bigint)[]): number | bigint | undefined {
    const [interfaceName, method] = name.split("#");
    return functionOf(`wasi:${interfaceName}`, method)(...values);
  }

  /** Calls the same, and returns whether it succeeded. */
  function succeeds(name: string, ...values: (number | bigint)[]): boolean {
    call(name, ...values, RESULT);
    return new Uint8Array(memory.buffer)[RESULT] === 0;
  }

  const word = (offset: number) => new Uint32Array(memory.buffer)[(RESULT + offset) >>> 2];
  const loopback = (port: number) => [0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0];

  /** Calls the second half of an operation until it does not return would-block. */
  function finishes(method: string, socket: number, width = 1): boolean {
    const pollable = call(`sockets/${method.slice(0, 3)}#[method]${method.slice(0, 10)}.subscribe`, socket) as number;
    try {
      for (let tries = 0; tries < 20; tries++) {
        if (succeeds(`sockets/${method.slice(0, 3)}#[method]${method}`, socket)) return true;
        if (new Uint8Array(memory.buffer)[RESULT + width] !== WOULD_BLOCK) return false;
        call("io/poll#[method]pollable.block", pollable);
      }
      return false;
    } finally {
      host.drop("wasi:io/poll", "pollable", handles)!(pollable);
    }
  }

  function bound(kind: "tcp" | "udp", network: number): number {
    if (!succeeds(`sockets/${kind}-create-socket#create-${kind}-socket`, 0)) return 0;
    const socket = word(4);
    const started = succeeds(`sockets/${kind}#[method]${kind}-socket.start-bind`, socket, network, ...loopback(0));
    return started && finishes(`${kind}-socket.finish-bind`, socket) ? socket : 0;
  }

  /** A listener, and both ends of a connection to it, each with bytes to read. */
  function listenAndConnect(network: number): void {
    const listener = bound("tcp", network);
    if (listener === 0 || !succeeds("sockets/tcp#[method]tcp-socket.start-listen", listener)) return;
    finishes("tcp-socket.finish-listen", listener);
    succeeds("sockets/tcp#[method]tcp-socket.local-address", listener);
    const port = word(8) & 0xffff;
    ports.push(port);
    if (!succeeds("sockets/tcp-create-socket#create-tcp-socket", 0)) return;
    const client = word(4);
    if (!succeeds("sockets/tcp#[method]tcp-socket.start-connect", client, network, ...loopback(port))) return;
    if (!finishes("tcp-socket.finish-connect", client, 4)) return;
    const outputs = [word(8)];
    if (finishes("tcp-socket.accept", listener, 4)) outputs.push(word(12));
    for (const output of outputs) {
      succeeds("io/streams#[method]output-stream.check-write", output);
      succeeds("io/streams#[method]output-stream.write", output, 1024, 100);
    }
  }

  function openFile(): void {
    call("filesystem/preopens#get-directories", RESULT);
    const directory = new Uint32Array(memory.buffer)[word(0) >>> 2];
    succeeds("filesystem/types#[method]descriptor.open-at", directory, 0, ...text("file.txt"), 0, 3);
    succeeds("filesystem/types#[method]descriptor.read-via-stream", word(4), 0n);
  }

  /** Whether any of a guest's usual resources is missing. */
  function lacks(): boolean {
    const states = new Set([...handles.values(TCP_SOCKET)].map(({ state }) => state));
    if (!states.has(LISTENING) || !states.has(CONNECTED)) return true;
    const count = (values: Iterable<unknown>) => [...values].length;
    return count(handles.values(INCOMING_DATAGRAM_STREAM)) === 0 || count(handles.values(DESCRIPTOR)) < 2;
  }

  /** Opens a listener, a connection, datagram streams and a file for the guest, if any is missing. */
  function equip(): void {
    if (!lacks()) return;
    calm = true;
    try {
      const network = call("sockets/instance-network#instance-network") as number;
      listenAndConnect(network);
      const datagrams = bound("udp", network);
      if (datagrams !== 0) succeeds("sockets/udp#[method]udp-socket.stream", datagrams, 0, ...loopback(0));
      openFile();
    } catch (error) {
      if (!isExpected(error)) throw error;
    } finally {
      calm = false;
    }
  }

  const functions = new Map<string, FlatFunction>();
  function functionOf(interfaceName: string, name: string): FlatFunction {
    const key = `${interfaceName}#${name}`;
    let found = functions.get(key);
    if (found === undefined) {
      found = host.lower(interfaceName, "0.2.12", name, { memory, realloc, handles })!;
      functions.set(key, found);
    }
    return found;
  }

  /** Open handles by their resources, at the time of the last look. */
  const known = new Map<string, number[]>();
  function lookAtHandles(): void {
    known.clear();
    for (let handle = 1; handle <= MAX_KNOWN; handle++) {
      const resource = resourceOf(handle);
      if (resource !== undefined) known.set(resource, [...(known.get(resource) ?? []), handle]);
    }
  }
  function resourceOf(handle: number): string | undefined {
    try {
      handles.get(ERROR, handle);
      return "error";
    } catch (error) {
      return /^handle \d+ is an? ([a-z-]+)/.exec((error as Error).message)?.[1];
    }
  }
  /** Mostly an open handle of the right resource. */
  const someHandle = (resource = "") => {
    const open = known.get(resource) ?? [];
    if (open.length > 0 && random() < 0.9) return pick(...open);
    return random() < 0.95 ? 1 + Math.floor(random() * MAX_KNOWN) : pick(0, -1, 1000, 0x7fff_ffff);
  };
  const somePointer = () =>
    random() < 0.9 ? 8 * Math.floor(random() * 4096) : pick(0, 1, 2, SIZE - 8, SIZE - 1, SIZE, -1, 0x7fff_ffff);
  const someLength = () => (random() < 0.95 ? Math.floor(random() * 40) : pick(-1, 0x7fff_ffff, 70_000, SIZE));
  const someWide = () =>
    pick(0n, 1n, 7n, 64n, 4096n, 65_536n, 100_000n, 1n << 40n, -1n, -(1n << 63n), (1n << 63n) - 1n);
  const ports: number[] = [0, 80];

  /** Writes text to its own place: pointer and length. */
  function text(content: string): number[] {
    const bytes = new TextEncoder().encode(content);
    new Uint8Array(memory.buffer).set(bytes, 40_000);
    return [40_000, bytes.length];
  }

  function argumentsOf(type: WitType): (number | bigint)[] {
    switch (type.kind) {
      case "handle":
        return [someHandle(type.resource)];
      case "u64":
      case "s64":
        return [someWide()];
      case "string":
        return random() < 0.9 ? text(pick(...PATHS, "example.org", "127.0.0.1", "::1")) : [somePointer(), someLength()];
      case "list": {
        const pointer = somePointer();
        const length = someLength();
        // Words that may be handles, pointers and cases.
        const words = new Uint32Array(memory.buffer);
        if (pointer > 0 && pointer < 30_000 && length > 0 && length < 100) {
          for (let word = 0; word < length; word++)
            words[(pointer >>> 2) + word] = pick(someHandle(), somePointer(), 0, 1);
        }
        return [pointer, length];
      }
      case "variant": {
        const chosen = random() < 0.98 ? Math.floor(random() * type.cases.length) : pick(2, 3, -1);
        const payload = type.cases[chosen]?.[1];
        const given = payload === undefined ? [] : argumentsOf(payload);
        const room = flatCount(type) - 1 - given.length;
        const wide = type.cases.find(([, other]) => other !== undefined)?.[1];
        const filled = wide === undefined ? [] : argumentsOf(wide).slice(given.length);
        return [chosen, ...given, ...filled, ...new Array(Math.max(0, room - filled.length)).fill(0)].slice(
          0,
          flatCount(type),
        );
      }
      case "record":
        return type.fields.flatMap(([name, field]) => (name === "port" ? [pick(...ports)] : argumentsOf(field)));
      case "tuple":
        return type.fields.length === 4 ? pick([127, 0, 0, 1], [0, 0, 0, 0], [224, 0, 0, 1]) : [0, 0, 0, 0, 0, 0, 0, 1];
      default:
        return [pick(0, 1, 2, 3, 5, 9, 31, 63, 255, -1)];
    }
  }

  let returned = 0;
  let looks = 0;
  let equipped = 0;
  function attempt(): void {
    depth++;
    let what = "";
    try {
      if (random() < 0.08) {
        const resource = pick(...RESOURCES);
        const at = resource.lastIndexOf("/");
        const handle = someHandle(resource.slice(at + 1));
        what = `drop ${resource} ${handle}`;
        host.drop(`wasi:${resource.slice(0, at)}`, resource.slice(at + 1), handles)!(handle);
      } else {
        const { interfaceName, name, signature } = pick(...CALLS);
        const values = signature.params.flatMap(([, type]) => argumentsOf(type));
        if (isInMemory(signature.result))
          values.push(random() < 0.98 ? 65_000 - 512 + 8 * Math.floor(random() * 4) : somePointer());
        what = `${interfaceName} ${name}(${values.join(", ")})`;
        functionOf(interfaceName, name)(...values);
        if (name.endsWith("local-address")) ports.push(new DataView(memory.buffer).getUint16(RESULT + 8, true));
        if (ports.length > 8) ports.splice(2, 1);
      }
      returned++;
    } catch (error) {
      if (!isExpected(error))
        throw new FlatFinding(`seed ${seed}, ${driverName}: ${what}: ${(error as Error).stack ?? error}`);
    } finally {
      depth--;
    }
  }

  try {
    for (let made = 0; made < calls; made++) {
      if (made % LOOK_EVERY === 0) {
        looks++;
        if (!lacks()) equipped++;
        if (lacks()) equip();
        // All descriptors may be in use by dead sockets.
        if (lacks()) {
          dropAll();
          equip();
        }
        lookAtHandles();
      }
      attempt();
    }
    dropAll();
    end();
  } finally {
    host.dispose();
    const open = bounded.handles.size;
    const queues = bounded.queues.size;
    driver.dispose();
    rmSync(directory, { recursive: true, force: true });
    if (returned > 0 && (open > 0 || queues > 0)) {
      // biome-ignore lint/correctness/noUnsafeFinally: nothing else is thrown where all has been dropped.
      throw new FlatFinding(
        `seed ${seed}, ${driverName}: ${open} handles and ${queues} queues of the driver are left open`,
      );
    }
  }
  return { returned, equipped: equipped / looks };

  /** Drops children first, until nothing is left. */
  function dropAll(): void {
    for (let before = -1; before !== handles.count; ) {
      before = handles.count;
      for (let handle = 1; handle < 600; handle++) {
        for (const resource of RESOURCES) {
          const at = resource.lastIndexOf("/");
          try {
            host.drop(`wasi:${resource.slice(0, at)}`, resource.slice(at + 1), handles)!(handle);
            break;
          } catch (error) {
            if (!(error instanceof WebAssembly.RuntimeError)) throw error;
          }
        }
      }
    }
  }

  function end(): void {
    try {
      host.end();
    } catch (error) {
      if (!(error instanceof Asleep)) throw error;
    }
  }
}
