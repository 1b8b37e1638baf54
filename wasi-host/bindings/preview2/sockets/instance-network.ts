/** wasi:sockets/instance-network: the host knows the grants, so all networks are one. */
import type { Caller } from "../caller.ts";
import { NETWORK } from "../resources.ts";
import type { Functions } from "../state.ts";

export function instanceNetwork({ handles }: Caller): Functions {
  return {
    "instance-network"(): number {
      return handles.insert(NETWORK, undefined);
    },
  };
}
