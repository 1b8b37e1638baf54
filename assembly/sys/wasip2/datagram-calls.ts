/**
 * What the other files need of `datagrams.ts`, which sets it when it opens a socket: a program without datagram sockets does not import
 * wasi:sockets/udp.
 */
/** A new pollable of a socket for one direction. */
export type Subscribe = (socket: usize, reads: bool) => i32;
/** Whether there is a datagram or an error to read, or room to send. */
export type Look = (socket: usize, reads: bool) => bool;
/** Drops the resources of a socket. */
export type Drop = (socket: usize) => void;
/** Asks for the socket's own address, or its peer's: a result in `area`. */
export type Name = (socket: usize, peer: bool) => void;

let subscribe: Subscribe | null = null;
let look: Look | null = null;
let drop: Drop | null = null;
let name: Name | null = null;

export function setDatagramCalls(subscribing: Subscribe, looking: Look, dropping: Drop, naming: Name): void {
  subscribe = subscribing;
  look = looking;
  drop = dropping;
  name = naming;
}

export function subscribeDatagrams(socket: usize, reads: bool): i32 {
  return subscribe!(socket, reads);
}

export function lookAtDatagrams(socket: usize, reads: bool): bool {
  return look!(socket, reads);
}

export function dropDatagrams(socket: usize): void {
  drop!(socket);
}

export function nameOfDatagrams(socket: usize, peer: bool): void {
  name!(socket, peer);
}
