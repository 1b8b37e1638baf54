/** The events of poll_oneoff (witx, `$event`). */
import {
  EVENT_ERROR,
  EVENT_FLAGS,
  EVENT_NBYTES,
  EVENT_USERDATA,
  SUBSCRIPTION_USERDATA,
} from "../../../assembly/abi/wasi.ts";

/** Writes user data, error and type of an event, and zeros the rest, except nbytes and flags. */
export function writeEvent(view: DataView, subscription: number, event: number, error: number, tag: number): void {
  const low = view.getUint32(subscription + SUBSCRIPTION_USERDATA, true);
  const high = view.getUint32(subscription + SUBSCRIPTION_USERDATA + 4, true);
  view.setUint32(event + EVENT_USERDATA, low, true);
  view.setUint32(event + EVENT_USERDATA + 4, high, true);
  // The type is behind the error.
  view.setUint32(event + EVENT_ERROR, error | (tag << 16), true);
  view.setUint32(event + EVENT_ERROR + 4, 0, true);
  view.setUint32(event + EVENT_FLAGS + 4, 0, true);
}

/** Writes nbytes, and no flags. */
export function writeBytes(view: DataView, event: number, bytes: number): void {
  view.setUint32(event + EVENT_NBYTES, bytes, true);
  view.setUint32(event + EVENT_NBYTES + 4, 0, true);
  view.setUint32(event + EVENT_FLAGS, 0, true);
}
