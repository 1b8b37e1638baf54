/** All of preview1, family by family, in the order of the witx (WASI repository, `wasi_snapshot_preview1.witx`). */
import type { Imports } from "../imports.ts";
import type { HostState } from "../state.ts";
import { args } from "./arguments.ts";
import { clocks } from "./clocks.ts";
import { files } from "./files.ts";
import { paths } from "./paths.ts";
import { poll } from "./poll.ts";
import { process } from "./process.ts";
import { random } from "./random.ts";
import { sockets } from "./sockets.ts";

export function preview1(host: HostState): Imports {
  return {
    ...args(host),
    ...clocks(host),
    ...files(host),
    ...paths(host),
    ...poll(host),
    ...process(),
    ...random(host),
    ...sockets(host),
  };
}
