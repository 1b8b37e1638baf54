/** `pollux run --verbose`: what the guest was refused, and what would grant it. */
import { beforeAll, expect, it } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
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

let guest: string;
beforeAll(async () => {
  guest = await program("connect.wasm", SOURCE);
}, 60_000);

it("a refused address is one line with --verbose, and none without; what it names grants it", async () => {
  const line = "pollux: sock_connect 127.0.0.1:1: not granted (EACCES); --connect 127.0.0.1:1 grants it\n";
  expect(await pollux("run", "--verbose", guest)).toMatchObject({ out: "", error: line, status: Errno.ACCES });
  expect(await pollux("run", guest)).toMatchObject({ out: "", error: "", status: Errno.ACCES });
  const granted = await pollux("run", "--verbose", "--connect", "127.0.0.1:1", guest);
  expect(granted).toMatchObject({ out: "", error: "", status: Errno.CONNREFUSED });
});
