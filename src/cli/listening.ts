import type { SocketAddress } from "../../wasi-host/index.ts";
import { formatAddress } from "../../wasi-host/internal-node.ts";
import { STDERR, writeWhole } from "../../wasi-host/internal-start.ts";

/** Prints the addresses of listeners. */
export function sayListening(addresses: readonly SocketAddress[]): void {
  for (const address of addresses) writeWhole(STDERR, `listening on ${formatAddress(address)}\n`);
}
