/** Randomness (witx, `random_get`). */
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import type { HostState } from "../state.ts";

/** The most that one getRandomValues gives (Web Cryptography API, 10.1.1). */
const QUOTA = 65_536;

export function random(host: HostState): Imports {
  const { memory } = host;
  return {
    random_get(buffer: number, length: number): number {
      memory.refresh();
      const start = buffer >>> 0;
      const end = start + (length >>> 0);
      if (!memory.holds(start, length >>> 0)) return Errno.FAULT;
      for (let at = start; at < end; at += QUOTA) {
        // Not into the guest's memory itself: the Web's generator refuses memory that is shared.
        memory.bytes.set(crypto.getRandomValues(new Uint8Array(Math.min(QUOTA, end - at))), at);
      }
      return 0;
    },
  };
}
