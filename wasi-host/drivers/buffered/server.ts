/** What serves a line on the back's side, and what it finds there. */
import type { Line } from "./line.ts";
import type { Network } from "./network.ts";

export interface Server {
  /** `REQUEST_` bits. */
  request(bits: number): void;
}

export interface Registry {
  readonly network: Network;
  /** A line for a connection that has come in; undefined where there is none left. */
  take(): Line | undefined;
  serve(line: Line, server: Server): void;
  /** By the number of the line. */
  serverOf(index: number): Server | undefined;
  /** `NOTICE_` bits for the front. */
  notify(line: Line, bits: number): void;
  /** Nothing more will be told of the line. */
  release(line: Line): void;
}
