/** Serves a channel at the I/O end. */
import type { Channel } from "./channel.ts";
import type { Network } from "./network.ts";

export interface Server {
  /** `REQUEST_` bits. */
  request(bits: number): void;
}

export interface Registry {
  readonly network: Network;
  /** Takes a channel for an incoming connection; undefined if none is left. */
  take(): Channel | undefined;
  serve(channel: Channel, server: Server): void;
  /** By the channel's number. */
  serverOf(index: number): Server | undefined;
  /** `NOTICE_` bits for the client end. */
  notify(channel: Channel, bits: number): void;
  /** Ends the notices about the channel. */
  release(channel: Channel): void;
}
