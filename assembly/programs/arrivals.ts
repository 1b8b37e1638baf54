/** How every bundled server accepts connections. */
import { accept } from "../net/listener";
import { EAGAIN, ECONNABORTED, EINTR } from "../abi/errno";
import { sayCame } from "./report";

/** The time before the next attempt after accept has failed, in milliseconds. */
export const RETRY_MS: i32 = 100;

/**
 * Accepts all waiting connections and passes each to `begin`, which tells whether there is room for more. False if the next one cannot
 * be accepted now. The listener stays ready, and watching it would spin: the server ignores it until a client leaves, or for `RETRY_MS`.
 */
export function acceptAll(listener: i32, begin: (fd: i32) => bool): bool {
  while (true) {
    const fd = accept(listener);
    if (fd == -EAGAIN) return true;
    if (fd == -ECONNABORTED || fd == -EINTR) continue;
    if (fd < 0) return false; // no descriptors or memory left, or a network error
    sayCame(fd);
    if (!begin(fd)) return false;
  }
}
