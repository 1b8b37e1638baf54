/** A listener that was opened for the guest. */
import type { SocketAddress } from "../addresses/socket-address.ts";

export interface OpenListener {
  /** The driver's. */
  readonly handle: number;
  /** The address of the option, with its port 0; for an inherited listener, its address. */
  readonly wanted: SocketAddress;
}
