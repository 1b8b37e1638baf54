/**
 * The net driver: sockets of node:net and node:dgram, for every platform and runtime that has them. They live in an event
 * loop: the guest's own where it leaves that free, else that of a thread beside it.
 */
import type { Driver } from "../driver.ts";
import { openInOwnThread } from "./own-thread.ts";
import { openWithWorker } from "./worker.ts";

/** `blocks`: does the thread sleep in the driver? `bufferedBytes`: what its buffers may take. */
export async function openNet(blocks: boolean, bufferedBytes?: number): Promise<Driver> {
  return blocks ? openWithWorker(bufferedBytes) : openInOwnThread(bufferedBytes);
}
