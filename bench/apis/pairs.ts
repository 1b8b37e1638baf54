/** The three calls, each ours and the kernel's, over the same descriptors. */
import { Core, Socket } from "../../src/index.ts";
import { PosixDriver } from "../../wasi-host/internal-node.ts";
import type { Crowd } from "../idle/crowd.ts";
import * as kernel from "../idle/kernel.ts";
import * as pollux from "../idle/pollux.ts";

export const APIS = ["select", "poll", "epoll"] as const;
export type Api = (typeof APIS)[number];

export const SIDES = ["kernel", "pollux"] as const;
export type Side = (typeof SIDES)[number];

/**
 * Opens `size` descriptors, and who watches them: all that is asked for at once. Nothing is ever closed: the process ends.
 *
 * Our epoll has a core of its own, with numbers of its own for the same descriptors, or our select and poll would read the
 * wakeups that only its watches have asked for.
 */
export async function openPairs(size: number, apis: readonly Api[]): Promise<Map<Api, Record<Side, Crowd>>> {
  const driver = new PosixDriver();
  const options = { driver, maxDescriptors: size + 8 };
  const core = await Core.open(options);
  const sockets: Socket[] = [];
  while (sockets.length < size) sockets.push(...Socket.pair(core));
  const handles = sockets.map(({ osDescriptor }) => osDescriptor);
  const watching = await Core.open(options);
  const watched = () => handles.map((handle) => Socket.adopt(watching, handle));
  const open: Record<Api, () => Record<Side, Crowd>> = {
    select: () => ({
      kernel: new kernel.SelectCrowd(driver, handles),
      pollux: new pollux.SelectCrowd(core, sockets),
    }),
    poll: () => ({ kernel: new kernel.PollCrowd(driver, handles), pollux: new pollux.PollCrowd(core, sockets) }),
    epoll: () => ({
      kernel: new kernel.EpollCrowd(driver, handles, 0),
      pollux: new pollux.EpollCrowd(watching, watched(), 0),
    }),
  };
  return new Map(apis.map((api) => [api, open[api]()]));
}
