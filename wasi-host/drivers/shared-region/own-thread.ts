/**
 * Both ends of a buffered driver on one thread, whose event loop is free while the guest is suspended or between steps.
 *
 * One wakeup after each turn of the loop reports all events of the turn. A wakeup for each socket would resume the guest once
 * for each, and each time it would check all its descriptors.
 */
import { afterwards } from "../../runtime/event-loop.ts";
import { IoEnd } from "./io-end.ts";
import type { Link } from "./link.ts";
import type { Network } from "./network.ts";
import type { SharedRegion } from "./region.ts";

/** The client end's link to an I/O end that serves the sockets of `network`. */
export function linkOnOwnThread(region: SharedRegion, network: Network): Link {
  let waking = false;
  const link: Link = {
    wakeIoEnd: () => io.run(),
    setAsleep: () => {},
    onNotices: () => {},
    close: () => {},
  };
  const io = new IoEnd(region, network, () => {
    if (waking) return;
    waking = true;
    afterwards(wake);
  });
  const wake = () => {
    waking = false;
    link.onNotices();
  };
  return link;
}
