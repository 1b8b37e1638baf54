/**
 * The second names of WasmEdge's calls (WasmEdge, lib/host/wasi/wasimodule.cpp): they select version 2 where both
 * versions have the same type. Calls recognize the version by the number of their arguments, so only the names differ.
 */
import type { Calls } from "../../waiting/way.ts";

const CALLS = [
  "sock_open",
  "sock_bind",
  "sock_listen",
  "sock_accept",
  "sock_connect",
  "sock_recv",
  "sock_recv_from",
  "sock_send",
  "sock_send_to",
  "sock_getlocaladdr",
  "sock_getpeeraddr",
];

/** The calls under their names, and under their second names. */
export function withSecondNames(calls: Calls): Calls {
  return { ...calls, ...Object.fromEntries(CALLS.map((name) => [secondNameOf(name), calls[name]])) };
}

/** The names, and the second names. */
export function secondNames(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => [name, secondNameOf(name)]));
}

function secondNameOf(name: string): string {
  return `${name}_v2`;
}
