/** How a call sleeps until a descriptor may be ready. */
import type { Descriptor } from "../descriptors.ts";
import type { HostState } from "../state.ts";

/** Does a call on it sleep? Only with a handle to sleep on: what has none answers EAGAIN for good. */
export function blocks(descriptor: Descriptor): boolean {
  return descriptor.handle >= 0 && !descriptor.nonblocking;
}

/**
 * Sleeps until the descriptor may be ready; the guest's memory may be another buffer afterwards. False: the call has to
 * end with SLEEPS, and is made again when it is; `progress` bytes were moved by then.
 */
export function sleep(host: HostState, descriptor: Descriptor, events: number, progress: number): boolean {
  if (!host.sleep.until(descriptor.handle, events, progress)) return false;
  host.memory.refresh();
  return true;
}
