/** A host with a memory of one page, whose driver answers what a test says, and whose time stands still between sleeps. */

import { Filetype } from "../../../../../wasi-host/abi/file-attributes.ts";
import type { Driver, EdgeQueue } from "../../../../../wasi-host/drivers/contract/driver.ts";
import { revents } from "../../../../../wasi-host/drivers/contract/pollfd.ts";
import { Descriptor, DescriptorTable } from "../../../../../wasi-host/kernel/descriptors.ts";
import type { Kernel } from "../../../../../wasi-host/kernel/kernel.ts";
import { GuestMemory } from "../../../../../wasi-host/memory/guest-memory.ts";
import { Blocking } from "../../../../../wasi-host/waiting/blocking.ts";

/** Nanoseconds since 1970: when the host's clock began. */
const YEAR_2000 = 946_684_800_000_000_000n;

export class FakeDescriptor extends Descriptor {
  readonly kind: Descriptor["kind"];
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = 0n;
  /** For FIONREAD of what has no handle. */
  left = 0;

  constructor(handle: number, kind: Descriptor["kind"] = "stream") {
    super();
    this.handle = handle;
    this.kind = kind;
  }
  override available(): number {
    return this.left;
  }
  close(): number {
    return 0;
  }
}

/** One call of the driver's poll: what it was asked for, by handle, and for how many nanoseconds. */
export interface Poll {
  readonly asked: ReadonlyMap<number, number>;
  readonly timeout: number;
}

export class FakeHost {
  readonly memory = new GuestMemory();
  readonly descriptors = new DescriptorTable();
  readonly polls: Poll[] = [];
  now = 1_000_000n;
  /** By handle: the bits that are ready. */
  readonly ready = new Map<number, number>();
  /** By handle: the bytes that can be read. */
  readonly bytes = new Map<number, number>();
  /** Called in each sleep that finds nothing ready; a negated errno is the driver's refusal. */
  onSleep: (timeout: number) => number | undefined = (timeout) => {
    if (timeout === Infinity) throw new Error("asleep for ever");
    this.now += BigInt(Math.ceil(timeout));
    return undefined;
  };
  readonly driver: Driver;
  readonly state: Kernel;

  /** `keepsWaits`: a call that would wait returns its wait. */
  constructor({ keepsWaits = false, args = [] as string[], env = [] as string[] } = {}) {
    this.memory.attach(new WebAssembly.Memory({ initial: 1 }));
    const driver = {
      now: () => this.now,
      timeOfDay: () => YEAR_2000 + this.now,
      poll: (fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue) =>
        this.#poll(fds, count, timeout, edges),
      available: (handle: number) => this.bytes.get(handle) ?? 0,
    };
    this.driver = driver as unknown as Driver;
    this.state = {
      memory: this.memory,
      descriptors: this.descriptors,
      driver: this.driver,
      way: keepsWaits ? { finish: (result: unknown) => result } : new Blocking(this.driver),
      suspends: false,
      missingListener: { used: () => {} },
      args,
      env,
    } as unknown as Kernel;
  }

  open(handle: number, kind?: Descriptor["kind"]): number {
    return this.descriptors.insert(new FakeDescriptor(handle, kind));
  }

  #poll(fds: Int32Array, count: number, timeout: number, _edges?: EdgeQueue): number {
    const asked = new Map(Array.from({ length: count }, (_, index) => [fds[index * 2], fds[index * 2 + 1] & 0xffff]));
    this.polls.push({ asked, timeout });
    const look = () => {
      let ready = 0;
      for (let index = 0; index < count; index++) {
        const events = fds[index * 2 + 1] & 0xffff;
        const bits = (this.ready.get(fds[index * 2]) ?? 0) & (events | 0x18);
        fds[index * 2 + 1] = events | (bits << 16);
        if (revents(fds, index) !== 0) ready++;
      }
      return ready;
    };
    const ready = look();
    if (ready > 0 || timeout === 0) return ready;
    return this.onSleep(timeout) ?? look();
  }
}
