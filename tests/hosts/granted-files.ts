/** The actions of a guest without a listener in its first granted directory: opens names, and reads them. */
import { expect } from "vitest";
import { Rights } from "../../wasi-host/abi/rights.ts";
import type { Guest } from "./hand-driven-guest.ts";

/** The first granted directory. */
export const ROOT = 3;
/** `$lookupflags`. */
export const FOLLOW = 1;
/** `$oflags`. */
export const [CREATE, DIRECTORY, TRUNCATE] = [1, 2, 8];

interface Opening {
  fd?: number;
  flags?: number;
  oflags?: number;
  rights?: bigint;
}

/** path_open: the errno. The descriptor is then `guest.u32()`, and passes on its rights. */
export function open(guest: Guest, name: string | Uint8Array, how: Opening = {}): number {
  const { fd = ROOT, flags = FOLLOW, oflags = 0, rights = Rights.FD_READ } = how;
  return guest.calls.path_open(fd, flags, ...guest.place(name), oflags, rights, rights, 0, guest.result);
}

/** fd_read: the next 16 bytes at most. */
export function read(guest: Guest, fd: number): string {
  const room = guest.room(16);
  expect(guest.calls.fd_read(fd, ...guest.iovecs([room, 16]), guest.result)).toBe(0);
  return guest.bytes(room, guest.u32()).toString();
}

/** The first 16 bytes, at most, of what `name` leads to. */
export function content(guest: Guest, name: string): string {
  expect(open(guest, name)).toBe(0);
  return read(guest, guest.u32());
}
