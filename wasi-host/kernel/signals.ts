/**
 * Signals of the process that the guest catches (OP_SIGNALS, assembly/abi/operation.ts), as signalfd(2): the thread that gets a
 * signal writes its number into a channel, and the guest reads it from a descriptor.
 */
import { CATCHABLE } from "../../assembly/abi/signals.ts";
import { Errno } from "../abi/errno.ts";
import { Fdflags, Filetype } from "../abi/file-attributes.ts";
import { Rights } from "../abi/rights.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { Descriptor, type DescriptorTable } from "./descriptors.ts";

/** What the signals' owner passes to the guest's host. */
export interface SignalGrant {
  /** One word: the bits of the caught signals, which the owner reads when a signal arrives. */
  readonly caught: Int32Array;
  /** Opens the guest's end of the channel: a handle, which stays open until the driver is disposed. */
  readonly open: (driver: Driver) => number;
  /** Sends a signal to the process. Does not return if the signal's default action ends the process. */
  readonly raise: (signal: number) => void;
}

export class Signals {
  readonly #grant: SignalGrant;
  readonly #driver: Driver;
  readonly #descriptors: DescriptorTable;
  /** -1 before the guest asks. */
  #handle = -1;
  #file: SignalFile | undefined;

  constructor(grant: SignalGrant, driver: Driver, descriptors: DescriptorTable) {
    this.#grant = grant;
    this.#driver = driver;
    this.#descriptors = descriptors;
  }

  /** Catches the signals of `mask` and no others. Returns their descriptor, -EINVAL or -EMFILE. */
  watch(mask: number): number {
    if ((mask & ~CATCHABLE) !== 0) return -Errno.INVAL;
    if (this.#file === undefined) {
      if (this.#descriptors.full) return -Errno.MFILE;
      if (this.#handle < 0) this.#handle = this.#grant.open(this.#driver);
      this.#file = new SignalFile(this.#driver, this.#handle, () => {
        this.#file = undefined;
        this.#catch(0);
      });
      this.#descriptors.insert(this.#file);
    }
    this.#catch(mask);
    return this.#number();
  }

  /** proc_raise. Returns an errno: EINVAL for a signal that cannot be caught. */
  raise(signal: number): number {
    if (signal > 31 || (CATCHABLE & (1 << signal)) === 0) return Errno.INVAL;
    this.#grant.raise(signal);
    return 0;
  }

  /** The file's descriptor, which the guest may have renumbered. */
  #number(): number {
    for (const [fd, descriptor] of this.#descriptors.open()) if (descriptor === this.#file) return fd;
    throw new Error("the signals' descriptor is in no table");
  }

  #catch(mask: number): void {
    Atomics.store(this.#grant.caught, 0, mask);
  }
}

/** The guest's end of the channel. A new one may follow a closed one, so the handle stays open. */
class SignalFile extends Descriptor {
  readonly kind = "stdio";
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = Rights.FD_READ | Rights.POLL_FD_READWRITE;
  override fdflags = Fdflags.NONBLOCK;
  readonly #driver: Driver;
  readonly #closed: () => void;

  constructor(driver: Driver, handle: number, closed: () => void) {
    super();
    this.#driver = driver;
    this.handle = handle;
    this.#closed = closed;
  }

  override read(bytes: Uint8Array, offset: number, length: number): number {
    return this.#driver.recv(this.handle, bytes, offset, length, 0);
  }

  close(): number {
    this.#closed();
    return 0;
  }
}
