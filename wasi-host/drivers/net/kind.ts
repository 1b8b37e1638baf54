/** The features of sockets of node:net and node:dgram. */
import { unixPlace } from "../../addresses/unix-place.ts";
import type { NetworkKind } from "../shared-region/driver.ts";
import { interfaces } from "./interfaces.ts";
import { canWaitForStandardInput } from "./standard-input.ts";

export const NET: NetworkKind = {
  name: "net",
  interfaces,
  datagrams: true,
  inherits: {
    get standardInput() {
      return canWaitForStandardInput();
    },
  },
  unixPaths: { resolve: unixPlace },
};
