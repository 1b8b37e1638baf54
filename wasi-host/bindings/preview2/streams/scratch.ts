/**
 * Memory for received bytes on their way to the guest: a list must be exactly as long as its allocation, and its length
 * is known only after the receive. All guests of the thread share it; a guest sees only the bytes that its own call
 * received.
 */
import { allocate } from "../bytes.ts";

/** The most bytes of one read. */
export const MAX_READ = 65_536;

export const scratch = allocate(MAX_READ);
