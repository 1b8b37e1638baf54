/** All of preview1, family by family, in the order of the witx (WASI repository, `wasi_snapshot_preview1.witx`). */
import type { Kernel } from "../../kernel/kernel.ts";
import type { Calls } from "../../waiting/way.ts";
import { args } from "./arguments.ts";
import { clocks } from "./clocks.ts";
import * as fd from "./files.ts";
import type { Io } from "./io.ts";
import { paths } from "./paths.ts";
import * as oneoff from "./poll.ts";
import * as proc from "./process.ts";
import { random } from "./random.ts";
import * as sock from "./sockets.ts";

/** The names of the calls that may wait. */
export const WAITS: ReadonlySet<string> = new Set([...fd.WAITS, ...oneoff.WAITS, ...proc.WAITS, ...sock.WAITS]);

export function preview1(kernel: Kernel, io: Io): Calls {
  return {
    ...args(kernel),
    ...clocks(kernel),
    ...fd.files(kernel, io),
    ...paths(kernel),
    ...oneoff.poll(kernel),
    ...proc.process(kernel),
    ...random(kernel),
    ...sock.sockets(kernel, io),
  };
}
