// @ts-check
/** Accepts connections for the example servers. */
import { SystemError } from "pollux";

/** Milliseconds to wait after a failed accept. */
export const RETRY = 100;

/**
 * Accepts all waiting connections and passes each to `begin`, which returns false if there is no room for another. Returns
 * false if accept failed. Then stop watching the listener until a connection closes, or for `RETRY`: a loop that watches it
 * would spin.
 *
 * @param {import("pollux").Socket} listener
 * @param {(socket: import("pollux").Socket) => boolean} begin
 */
export function acceptAll(listener, begin) {
  for (;;) {
    try {
      const socket = listener.accept();
      if (socket === undefined) return true;
      if (!begin(socket)) return false;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code !== "ECONNABORTED") return false; // no descriptor or no memory left
    }
  }
}
