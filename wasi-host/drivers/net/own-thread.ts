/** The net driver with its I/O end on the guest's own thread. */

import { BufferedDriver } from "../shared-region/driver.ts";
import { linkOnOwnThread } from "../shared-region/own-thread.ts";
import { SharedRegion } from "../shared-region/region.ts";
import { bufferOf } from "./buffer.ts";
import { NET } from "./kind.ts";
import { NetNetwork } from "./network.ts";

export function openInOwnThread(bufferedBytes?: number): BufferedDriver {
  const region = SharedRegion.create(bufferedBytes, bufferOf);
  return new BufferedDriver(region, linkOnOwnThread(region, new NetNetwork()), NET);
}
