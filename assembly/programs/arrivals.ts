/** Connections that wait at a listener, as every bundled server takes them. */
import { accept } from "../net/listener";
import { EAGAIN, ECONNABORTED, EINTR } from "../sys/errno";
import { sayCame } from "./report";

/** How long to wait before accepting again when the next one could not be had, in milliseconds. */
export const RETRY: i32 = 100;

/**
 * Takes all that wait and hands each to `begin`, which says whether there is room for more. False when the next one cannot
 * be had now: watching a listener that stays ready would spin, so it is left alone until somebody leaves, or for `RETRY`.
 */
export function acceptAll(listener: i32, begin: (fd: i32) => bool): bool {
  while (true) {
    const fd = accept(listener);
    if (fd == -EAGAIN) return true;
    if (fd == -ECONNABORTED || fd == -EINTR) continue;
    if (fd < 0) return false; // no descriptor or no memory left, or the network is in trouble
    sayCame(fd);
    if (!begin(fd)) return false;
  }
}
