/**
 * The second names of WasmEdge's calls (WasmEdge, lib/host/wasi/wasimodule.cpp): version 2 can be asked for by name, where
 * its type is version 1's too. Calls take either version by the number of their arguments, so that a name is all there is.
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

/** The same calls, and those that have a second name by that too. */
export function withSecondNames(calls: Calls): Calls {
  return { ...calls, ...Object.fromEntries(CALLS.map((name) => [secondNameOf(name), calls[name]])) };
}

/** The same names, and their second ones. */
export function secondNames(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => [name, secondNameOf(name)]));
}

function secondNameOf(name: string): string {
  return `${name}_v2`;
}
