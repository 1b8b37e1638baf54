/**
 * What the other files need of `datagrams.ts`, which sets it when it opens a socket: a program without datagram sockets does not import
 * the calls of udp-socket.
 */
import { Socket } from "./sockets";

/** A call of a socket has returned. */
export type Returned = (socket: Socket, subtask: i32) => void;
/** Drops the resources of a socket. */
export type Drop = (socket: Socket) => void;
/** Asks for the socket's own address, or its peer's: a result in `area`. */
export type Name = (socket: Socket, peer: bool) => void;

let returned: Returned | null = null;
let drop: Drop | null = null;
let name: Name | null = null;

export function setDatagramCalls(returning: Returned, dropping: Drop, naming: Name): void {
  returned = returning;
  drop = dropping;
  name = naming;
}

export function datagramCallReturned(socket: Socket, subtask: i32): void {
  returned!(socket, subtask);
}

export function dropDatagrams(socket: Socket): void {
  drop!(socket);
}

export function nameOfDatagrams(socket: Socket, peer: bool): void {
  name!(socket, peer);
}
