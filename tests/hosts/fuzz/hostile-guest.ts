/**
 * A hostile guest: a memory, and one descriptor of each kind.
 *
 *    0 1 2  text, callbacks      3  inherited listener    4  directory        5  directory in it     6  file
 *    7      client, blocking     8  its peer, NONBLOCK, with bytes to read    9  socket, fresh      10  IPv6, bound
 *   11      listener of its own, with a connection waiting                   12  the client of that one
 *   13      datagrams, bound, NONBLOCK, with one to read  14  datagrams, fresh
 *   READY_FILE  the ready file
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { READY_FILE } from "../../../assembly/abi/ready-file.ts";
import { WasiHost } from "../../../wasi-host/index.ts";
import { type BoundedDriver, openBounded } from "./bounded-driver.ts";

const PAGE = 65_536;
const MAX_PAGES = 6;
const NONBLOCK = 4;
const [INET4, INET6, DATAGRAM, STREAM] = [1, 2, 1, 2];
/** Outside the arena. */
const [RESULT, ADDRESS, BUFFER, IOVEC, PORT] = [8192, 8208, 8224, 8256, 8288];
const ALL_RIGHTS = (1n << 28n) - 1n;

// biome-ignore lint/suspicious/noExplicitAny: a hostile guest gives whatever its types allow.
export type Calls = Record<string, (...args: any[]) => unknown>;

export class HostileGuest implements Disposable {
  readonly memory: WebAssembly.Memory;
  readonly host: WasiHost;
  readonly bounded: BoundedDriver;
  readonly calls: Calls;
  /** The address of its own listener. */
  readonly port: number;
  readonly #directory: string;

  static async open(driver: string, shared: boolean): Promise<HostileGuest> {
    const directory = mkdtempSync(path.join(tmpdir(), "pollux-fuzz-"));
    mkdirSync(path.join(directory, "directory"));
    writeFileSync(path.join(directory, "file.txt"), "0123456789");
    writeFileSync(path.join(directory, "directory", "inner"), "inner");
    for (const [target, link] of [
      ["file.txt", "link"],
      ["loop", "loop"],
      ["/etc", "out"],
    ])
      symlinkSync(target, path.join(directory, link));
    const bounded = await openBounded(driver);
    const host = await WasiHost.open({
      args: ["guest", "argument"],
      env: { KEY: "value" },
      listen: ["127.0.0.1:0"],
      connect: ["127.0.0.1:*", "[::1]:*"],
      bind: ["127.0.0.1:*", "[::1]:*"],
      dirs: { "/data": directory, "/data/directory": path.join(directory, "directory") },
      stdin: "a line\n",
      stdout: () => {},
      stderr: () => {},
      limits: { descriptors: 20 },
      driver: bounded.driver,
    });
    return new HostileGuest(bounded, host, directory, shared);
  }

  private constructor(bounded: BoundedDriver, host: WasiHost, directory: string, shared: boolean) {
    this.bounded = bounded;
    this.host = host;
    this.#directory = directory;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.calls = host.imports.wasi_snapshot_preview1 as Calls;
    host.attach(this.memory);
    this.port = this.#equip();
    bounded.equipped();
  }

  #equip(): number {
    const view = new DataView(this.memory.buffer);
    const must = (call: string, ...args: unknown[]) => {
      const errno = this.calls[call](...args);
      if (errno !== 0) throw new Error(`${call}: ${errno}`);
      return view.getUint32(RESULT, true);
    };
    const place = (at: number, bytes: readonly number[]) =>
      bytes.forEach((byte, index) => void view.setUint8(at + index, byte));
    const address = (bytes: readonly number[]) => {
      place(BUFFER, bytes);
      view.setUint32(ADDRESS, BUFFER, true);
      view.setUint32(ADDRESS + 4, bytes.length, true);
      return ADDRESS;
    };
    const loopback = [127, 0, 0, 1];
    const socket = (family = INET4) => must("sock_open", family, STREAM, RESULT);
    must("fd_fdstat_get", READY_FILE, BUFFER);
    place(BUFFER, [...Buffer.from("file.txt")]);
    must("path_open", 4, 0, BUFFER, 8, 0, ALL_RIGHTS, ALL_RIGHTS, 0, RESULT);
    const client = socket();
    must("sock_connect", client, address(loopback), this.host.listening[0].port);
    must("sock_accept", 3, NONBLOCK, RESULT);
    view.setUint32(IOVEC, BUFFER, true);
    view.setUint32(IOVEC + 4, 4, true);
    must("sock_send", client, IOVEC, 1, 0, RESULT);
    socket();
    must("sock_bind", socket(INET6), address([...new Array(15).fill(0), 1]), 0);
    const listener = socket();
    must("sock_bind", listener, address(loopback), 0);
    must("sock_listen", listener, 4);
    must("sock_getlocaladdr", listener, address(loopback), RESULT, PORT);
    const port = view.getUint32(PORT, true);
    must("sock_connect", socket(), address(loopback), port);
    const datagrams = () => must("sock_open", INET4, DATAGRAM, RESULT);
    const bound = datagrams();
    must("sock_bind", bound, address(loopback), 0);
    must("fd_fdstat_set_flags", bound, NONBLOCK);
    must("sock_getlocaladdr", bound, address(loopback), RESULT, PORT);
    must("sock_send_to", bound, IOVEC, 1, address(loopback), view.getUint32(PORT, true), 0, RESULT);
    datagrams();
    return port;
  }

  /** Above its limit: without effect. */
  grow(pages: number): void {
    if (this.memory.buffer.byteLength / PAGE + pages <= MAX_PAGES) this.memory.grow(pages);
  }

  /** The names in its directory. */
  names(): string {
    return [...namesIn(this.#directory)].join("\n");
  }

  [Symbol.dispose](): void {
    this.host.dispose();
    this.bounded.driver.dispose();
    rmSync(this.#directory, { recursive: true });
  }
}

/** Links are not followed: a guest makes circular ones. */
function* namesIn(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    yield entry.name;
    if (entry.isDirectory()) yield* namesIn(path.join(directory, entry.name));
  }
}
