/** `pollux run --verbose` prints refused calls, and the options that would grant them. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { pollux } from "./command.ts";
import { program } from "./guest-program.ts";

/** Connects to 127.0.0.1:1, and exits with the errno. */
const SOURCE = `
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_connect") declare function sock_connect(fd: i32, at: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(64);

export function _start(): void {
  sock_open(1, 2, CELLS);
  store<usize>(CELLS + 8, CELLS + 16);
  store<u32>(CELLS + 12, 4);
  store<u32>(CELLS + 16, 0x0100007f);
  proc_exit(sock_connect(load<i32>(CELLS), CELLS + 8, 1));
}
`;

/** Binds a Unix socket at the path of its first argument, listens, connects to it, and exits with the first errno. */
const UNIX_SOURCE = `
@external("wasi_snapshot_preview1", "args_get") declare function args_get(pointers: usize, text: usize): i32;
@external("wasi_snapshot_preview1", "sock_open") declare function sock_open(family: i32, type: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "sock_bind") declare function sock_bind(fd: i32, at: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "sock_listen") declare function sock_listen(fd: i32, backlog: i32): i32;
@external("wasi_snapshot_preview1", "sock_connect") declare function sock_connect(fd: i32, at: usize, port: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit") declare function proc_exit(code: i32): void;
const CELLS = memory.data(64);
const POINTERS = memory.data(64);
const TEXT = memory.data(4096);
const ADDRESS = memory.data(128);

function check(errno: i32): void {
  if (errno != 0) proc_exit(errno);
}

export function _start(): void {
  check(args_get(POINTERS, TEXT));
  store<u16>(ADDRESS, 3);
  for (let at = 0, path = load<usize>(POINTERS + 4); load<u8>(path + at) != 0; at++) store<u8>(ADDRESS + 2 + at, load<u8>(path + at));
  store<usize>(CELLS + 8, ADDRESS);
  store<u32>(CELLS + 12, 128);
  check(sock_open(3, 2, CELLS));
  check(sock_bind(load<i32>(CELLS), CELLS + 8, 0));
  check(sock_listen(load<i32>(CELLS), 4));
  check(sock_open(3, 2, CELLS + 4));
  check(sock_connect(load<i32>(CELLS + 4), CELLS + 8, 0));
}
`;

let guest: string;
let unixGuest: string;
beforeAll(async () => {
  guest = await program("connect.wasm", SOURCE);
  unixGuest = await program("unix.wasm", UNIX_SOURCE);
}, 60_000);

it("--verbose prints one line for a refused address, with the option that grants it", async () => {
  const line = "pollux: sock_connect 127.0.0.1:1: not granted (EACCES); --connect 127.0.0.1:1 grants it\n";
  expect(await pollux("run", "--verbose", guest)).toMatchObject({ out: "", error: line, status: Errno.ACCES });
  expect(await pollux("run", guest)).toMatchObject({ out: "", error: "", status: Errno.ACCES });
  const granted = await pollux("run", "--verbose", "--connect", "127.0.0.1:1", guest);
  expect(granted).toMatchObject({ out: "", error: "", status: Errno.CONNREFUSED });
});

it.each(["posix", "net"])("a Unix socket path is granted in the same form (%s driver)", async (driver) => {
  const directory = mkdtempSync(path.join(tmpdir(), "pollux-unix-"));
  const name = path.join(directory, "server.sock");
  const run = (...granted: string[]) => pollux("run", "--verbose", "--driver", driver, ...granted, unixGuest, name);
  const line = (call: string, option: string) =>
    `pollux: ${call} unix:${name}: not granted (EACCES); --${option} unix:${name} grants it\n`;
  expect(await run()).toMatchObject({ error: line("sock_bind", "bind"), status: Errno.ACCES });
  const bound = ["--bind", `unix:${name}`];
  expect(await run(...bound)).toMatchObject({ error: line("sock_connect", "connect"), status: Errno.ACCES });
  expect(await run(...bound, "--connect", `unix:${directory}/*`)).toMatchObject({ error: "", status: 0 });
  expect(existsSync(name)).toBe(false);
  rmSync(directory, { recursive: true });
});
