/** Randomness (witx, `random_get`). */
import { Errno } from "../../abi/errno.ts";
import type { Imports } from "../../abi/imports.ts";
import type { Kernel } from "../../kernel/kernel.ts";

/** Bytes filled at a time. */
const PIECE = 65_536;

export function random(host: Kernel): Imports {
  const { memory, driver } = host;
  return {
    random_get(buffer: number, length: number): number {
      memory.refresh();
      const start = buffer >>> 0;
      if (!memory.holds(start, length >>> 0)) return Errno.FAULT;
      // Not directly into the guest's memory, which may be shared.
      const bytes = new Uint8Array(Math.min(PIECE, length >>> 0));
      for (let at = start, end = start + (length >>> 0); at < end; at += PIECE) {
        const piece = bytes.subarray(0, end - at);
        driver.random(piece);
        memory.bytes.set(piece, at);
      }
      return 0;
    },
  };
}
