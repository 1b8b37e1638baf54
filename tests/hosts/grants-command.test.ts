/** `pollux run` prints refused calls, and the options that would grant them. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { pollux } from "./command.ts";
import { program } from "./guest-program.ts";

const refused = (port: number) =>
  `pollux: sock_connect 127.0.0.1:${port}: not granted (EACCES); --connect 127.0.0.1:${port} grants it`;

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

/** Connects to 127.0.0.1:1 and 127.0.0.1:2, and then ends. */
const twiceThen = (end: string) =>
  SOURCE.replace(
    /proc_exit\(sock_connect.*/,
    `for (let port = 1; port <= 2; port++) sock_connect(load<i32>(CELLS), CELLS + 8, port);\n${end}`,
  );

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
let twice: string;
let trapped: string;
let patient: string;
let unixGuest: string;
beforeAll(async () => {
  guest = await program("connect.wasm", SOURCE);
  twice = await program("twice.wasm", twiceThen("proc_exit(1);"));
  trapped = await program("trapped.wasm", twiceThen("unreachable();"));
  patient = await program("patient.wasm", twiceThen(""));
  unixGuest = await program("unix.wasm", UNIX_SOURCE);
}, 60_000);

it("a program that fails has one line for its first refused address, with the option that grants it", async () => {
  const line = `${refused(1)}\n`;
  expect(await pollux("run", "--verbose", guest)).toMatchObject({ out: "", error: line, status: Errno.ACCES });
  expect(await pollux("run", guest)).toMatchObject({ out: "", error: line, status: Errno.ACCES });
  expect(await pollux("run", "--sleep", "worker", guest)).toMatchObject({ out: "", error: line, status: Errno.ACCES });
  expect(await pollux("run", "--quiet", guest)).toMatchObject({ out: "", error: "", status: Errno.ACCES });
  const granted = await pollux("run", "--verbose", "--connect", "127.0.0.1:1", guest);
  expect(granted).toMatchObject({ out: "", error: "", status: Errno.CONNREFUSED });
});

it("--verbose prints each refused address", async () => {
  const lines = [1, 2].map((port) => refused(port));
  expect(await pollux("run", "--verbose", twice)).toMatchObject({ error: `${lines.join("\n")}\n`, status: 1 });
  expect(await pollux("run", twice)).toMatchObject({ error: `${lines[0]}; --verbose prints the others\n`, status: 1 });
  expect(await pollux("run", trapped)).toMatchObject({ error: expect.stringContaining(`${lines[0]}; `), status: 134 });
  expect(await pollux("run", patient)).toMatchObject({ error: "", status: 0 });
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
