/** The state shared by the families of WASI calls: one for each guest. */

import type { Driver } from "../drivers/contract/driver.ts";
import type { Base } from "../files/contract/base.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import type { Way } from "../waiting/way.ts";
import type { DescriptorTable } from "./descriptors.ts";
import type { Grants } from "./grants.ts";
import type { MissingListener } from "./missing-listener.ts";
import type { Resolver } from "./name-lookup.ts";
import type { Signals } from "./signals.ts";

export interface Kernel {
  readonly memory: GuestMemory;
  readonly descriptors: DescriptorTable;
  readonly driver: Driver;
  /** How its calls wait. */
  readonly way: Way;
  /** Whether the event loop runs while a call waits. If not, the thread sleeps, or calls cannot wait. */
  readonly suspends: boolean;
  /** The addresses that the guest may connect to, and that it may listen on. */
  readonly grants: { readonly connect: Grants; readonly bind: Grants };
  /** Looks up granted names; undefined where the platform has no resolver. */
  readonly resolver: Resolver | undefined;
  /** Called for calls on the number of a missing listener. */
  readonly missingListener: MissingListener;
  /** Signals of the process; undefined if none is delivered. */
  readonly signals?: Signals;
  /** Files and directories; undefined if none is granted. */
  readonly base: Base | undefined;
  readonly args: readonly string[];
  /** `KEY=VALUE` strings. */
  readonly env: readonly string[];
}
