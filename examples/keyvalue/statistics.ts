/** What the server counts of its clients, for INFO. */
import { monotonicTime } from "pollux/assembly";

/** Milliseconds of the monotonic clock. */
export const began: f64 = monotonicTime();
export let connected: i32 = 0;
export let accepted: u64 = 0;
export let rejected: u64 = 0;

export function onAccept(): void {
  accepted++;
  connected++;
}

export function onReject(): void {
  rejected++;
}

export function onClose(): void {
  connected--;
}
