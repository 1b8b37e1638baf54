/** The two versions of WasmEdge's extension, distinguished by the type with which a module imports a name. */
import { readFileSync } from "node:fs";
import net from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { program } from "./guest-program.ts";

const NONBLOCK = 4;
const AT = 1024;
const BUFFER = 2048;

/** One module with both: a name may be imported twice, with different types. */
const SOURCE = `
@external("wasi_snapshot_preview1", "sock_accept") declare function accept_2(fd: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_accept") declare function accept_3(fd: i32, flags: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_getlocaladdr")
declare function local_4(fd: i32, address: usize, family: usize, port: usize): i32;
@external("wasi_snapshot_preview1", "sock_getlocaladdr")
declare function local_3(fd: i32, address: usize, port: usize): i32;
@external("wasi_snapshot_preview1", "sock_getpeeraddr")
declare function peer_4(fd: i32, address: usize, family: usize, port: usize): i32;
@external("wasi_snapshot_preview1", "sock_getpeeraddr")
declare function peer_3(fd: i32, address: usize, port: usize): i32;

export function accept2(fd: i32, at: usize): i32 { return accept_2(fd, at); }
export function accept3(fd: i32, flags: i32, at: usize): i32 { return accept_3(fd, flags, at); }
export function local4(fd: i32, address: usize, family: usize, port: usize): i32 { return local_4(fd, address, family, port); }
export function local3(fd: i32, address: usize, port: usize): i32 { return local_3(fd, address, port); }
export function peer4(fd: i32, address: usize, family: usize, port: usize): i32 { return peer_4(fd, address, family, port); }
export function peer3(fd: i32, address: usize, port: usize): i32 { return peer_3(fd, address, port); }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = new WebAssembly.Module(readFileSync(await program("signatures.wasm", SOURCE)));
}, 60_000);

/** A guest with a listener at descriptor 3, to which a client has connected. */
async function open() {
  const host = await WasiHost.open({ listen: ["127.0.0.1:0"], edgeSource: false });
  const instance = new WebAssembly.Instance(module, { ...host.imports });
  host.initialize(instance);
  const memory = instance.exports.memory as WebAssembly.Memory;
  memory.grow(1);
  const [{ port }] = host.listening;
  const client = net.connect(port, "127.0.0.1");
  await new Promise((resolve) => client.once("connect", resolve));
  return {
    calls: instance.exports as unknown as Record<string, (...args: number[]) => number>,
    view: new DataView(memory.buffer),
    flagsOf(fd: number): number {
      expect((host.imports.wasi_snapshot_preview1.fd_fdstat_get as (...args: number[]) => number)(fd, BUFFER)).toBe(0);
      return this.view.getUint16(BUFFER + 2, true);
    },
    port,
    client,
    [Symbol.dispose]() {
      client.destroy();
      host.dispose();
    },
  };
}

describe("a module that imports", () => {
  it("sock_accept with 2 parameters gets a blocking socket in the second", async () => {
    using guest = await open();
    guest.view.setUint32(AT, 99, true);
    expect(guest.calls.accept2(3, AT)).toBe(0);
    expect(guest.view.getUint32(AT, true)).toBe(4);
    expect(guest.flagsOf(4)).toBe(0);
    expect(guest.calls.accept2(9, AT)).toBe(Errno.BADF);
    expect(guest.calls.accept2(3, -1)).toBe(Errno.FAULT);
  });

  it("sock_accept with 3 passes flags, and gets the socket in the third", async () => {
    using guest = await open();
    expect(guest.calls.accept3(3, AT, AT)).toBe(Errno.INVAL);
    expect(guest.calls.accept3(3, NONBLOCK, AT)).toBe(0);
    expect(guest.view.getUint32(AT, true)).toBe(4);
    expect(guest.flagsOf(4)).toBe(NONBLOCK);
  });

  it("address calls with 4 parameters gets bytes, family and port separately", async () => {
    using guest = await open();
    guest.calls.accept2(3, AT);
    guest.view.setUint32(AT, BUFFER, true);
    guest.view.setUint32(AT + 4, 16, true);
    const told = () => [
      guest.view.getUint32(BUFFER),
      guest.view.getUint32(AT + 8, true),
      guest.view.getUint32(AT + 12, true),
    ];
    expect(guest.calls.local4(4, AT, AT + 8, AT + 12)).toBe(0);
    expect(told()).toEqual([0x7f00_0001, 4, guest.port]);
    expect(guest.calls.peer4(4, AT, AT + 8, AT + 12)).toBe(0);
    expect(told()).toEqual([0x7f00_0001, 4, guest.client.localPort]);
  });

  it("address calls with 3 gets family and bytes in one buffer of 128, and the port", async () => {
    using guest = await open();
    guest.calls.accept2(3, AT);
    guest.view.setUint32(AT, BUFFER, true);
    guest.view.setUint32(AT + 4, 128, true);
    const told = () => [
      guest.view.getUint16(BUFFER, true),
      guest.view.getUint32(BUFFER + 2),
      guest.view.getUint32(AT + 8, true),
    ];
    expect(guest.calls.local3(4, AT, AT + 8)).toBe(0);
    expect(told()).toEqual([1, 0x7f00_0001, guest.port]);
    expect(guest.calls.peer3(4, AT, AT + 8)).toBe(0);
    expect(told()).toEqual([1, 0x7f00_0001, guest.client.localPort]);
  });
});
