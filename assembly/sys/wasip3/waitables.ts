/**
 * The one waitable set of a program, the socket behind each handle, and the listener for sockets that become ready.
 *
 * Handles are small numbers of one table and are reused: an array maps them to sockets.
 */
import { entry, reach, SEGMENTS_SIZE } from "../../memory/segments";
import { waitable_join, waitable_set_new } from "../wasi-0-3";
import { Socket } from "./sockets";

const NO_SET: i32 = 0;

const owners = memory.data(SEGMENTS_SIZE, 8);
let own: i32 = 0;

/** The set, made at the first use and kept. */
export function set(): i32 {
  if (own == 0) own = waitable_set_new();
  return own;
}

/** Makes room for the owner of a handle; false if memory cannot grow. */
export function expect(waitable: i32): bool {
  return reach(owners, waitable, 4);
}

/** From now on its events concern `socket`. `expect` has made room. */
export function join(waitable: i32, socket: Socket): void {
  store<u32>(entry(owners, waitable, 4), <u32>changetype<usize>(socket));
  waitable_join(waitable, set());
}

/** Returns it to the set, for the same socket. */
export function joinAgain(waitable: i32): void {
  waitable_join(waitable, set());
}

/** A member must leave before its operation is cancelled. */
export function leaveSet(waitable: i32): void {
  waitable_join(waitable, NO_SET);
}

export function ownerOf(waitable: i32): Socket {
  return changetype<Socket>(<usize>load<u32>(entry(owners, waitable, 4)));
}

let listener: ((fd: i32, changed: u32) => void) | null = null;

/** Called for each descriptor that becomes ready, with the directions in `changed`. */
export function listenTo(told: (fd: i32, changed: u32) => void): void {
  listener = told;
}

/** For a program that watches nothing. */
export function announce(socket: Socket, changed: u32): void {
  const told = listener;
  if (told != null) told(socket.fd, changed);
}
