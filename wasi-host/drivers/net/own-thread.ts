/** The back on the guest's own thread, whose event loop is free while the guest sleeps: suspended, or between steps. */
import { Back } from "../buffered/back.ts";
import { Block } from "../buffered/block.ts";
import { BufferedDriver } from "../buffered/driver.ts";
import type { Link } from "../buffered/link.ts";
import { NetNetwork } from "./network.ts";
import { canWaitForStandardInput } from "./standard-input.ts";

export function openInOwnThread(bufferedBytes?: number): BufferedDriver {
  const block = Block.create(bufferedBytes);
  const link: Link = {
    rouse: () => back.run(),
    expect: () => {},
    onNotices: () => {},
    close: () => {},
  };
  const back = new Back(block, new NetNetwork(), () => link.onNotices());
  return new BufferedDriver("net", block, link, canWaitForStandardInput());
}
