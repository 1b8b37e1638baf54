/** What the families of WASI calls share: one of these per guest. */
import type { Base } from "./bases/base.ts";
import type { DescriptorTable } from "./descriptors.ts";
import type { Driver } from "./drivers/driver.ts";
import type { Grants } from "./grants.ts";
import type { GuestMemory } from "./memory.ts";
import type { Sleep } from "./sleep/sleep.ts";

export interface HostState {
  readonly memory: GuestMemory;
  readonly descriptors: DescriptorTable;
  readonly driver: Driver;
  /** How its calls sleep. */
  readonly sleep: Sleep;
  /** Where the guest may connect to, and where it may listen by itself. */
  readonly grants: { readonly connect: Grants; readonly bind: Grants };
  /** Files and directories; undefined where the guest was granted none. */
  readonly base: Base | undefined;
  readonly args: readonly string[];
  /** `KEY=VALUE` strings. */
  readonly env: readonly string[];
}
