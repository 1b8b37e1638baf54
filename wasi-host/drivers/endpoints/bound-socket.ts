/**
 * A bound stream socket that does not listen or connect yet. In this state tcp_poll and unix_poll report OUT and HUP.
 */
import { Errno } from "../../abi/errno.ts";
import { HUP } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { STREAM_OPTIONS } from "../contract/socket-options.ts";
import { Endpoint, UNIX_WRITABLE, WRITABLE } from "./endpoint.ts";

export abstract class BoundSocket extends Endpoint {
  readonly #local: SocketAddress;

  constructor(local: SocketAddress) {
    super();
    this.#local = local;
  }

  override get kept(): number {
    return this.#local.port === -1 ? 0 : STREAM_OPTIONS;
  }

  level(): number {
    return boundLevel(this.#local.port === -1);
  }

  recv(): number {
    return this.#local.port === -1 ? -Errno.INVAL : -Errno.NOTCONN;
  }

  send(): number {
    return this.#local.port === -1 ? -Errno.NOTCONN : -Errno.PIPE;
  }

  available(): number {
    return 0;
  }

  override accept(): number {
    return -Errno.INVAL;
  }

  override shutdown(): number {
    return this.#local.port === -1 ? 0 : -Errno.NOTCONN;
  }

  override takeError(): number {
    return 0;
  }

  override localAddress(): SocketAddress {
    return this.#local;
  }
}

/** The readiness of a bound socket. */
export function boundLevel(isUnix: boolean): number {
  return HUP | (isUnix ? UNIX_WRITABLE : WRITABLE);
}
