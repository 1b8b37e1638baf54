/** The names of WASI 0.2's calls in traces and statistics. */
import { PREVIEW2 } from "./preview2-signatures.ts";

/** A function's name in a trace: "tcp-socket.accept" of a resource, "monotonic-clock.now" of an interface. */
export function callName(interfaceName: string, name: string): string {
  if (name.startsWith("[")) return name.replace(/^\[[^\]]*\]/, "");
  return `${interfaceName.slice(interfaceName.indexOf("/") + 1)}.${name}`;
}

const RESOURCES = [
  ...["error", "pollable", "input-stream", "output-stream", "terminal-input", "terminal-output", "network"],
  ...["tcp-socket", "udp-socket", "incoming-datagram-stream", "outgoing-datagram-stream", "resolve-address-stream"],
  ...["descriptor", "directory-entry-stream"],
];

/** The names of all calls in a trace, also of drops. */
export const PREVIEW2_CALLS: readonly string[] = [
  ...Object.entries(PREVIEW2).flatMap(([interfaceName, functions]) =>
    Object.keys(functions).map((name) => callName(interfaceName, name)),
  ),
  ...RESOURCES.map((resource) => `${resource}.drop`),
];
