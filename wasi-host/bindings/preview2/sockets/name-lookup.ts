/**
 * wasi:sockets/ip-name-lookup's resource: a name that the platform's resolver looks up.
 *
 * If the guest's thread must not sleep, the resolver answers later. Then it writes to a pipe of the driver, which wakes
 * any wait of the guest.
 */
import type { Driver } from "../../../drivers/contract/driver.ts";
import type { Resolution } from "../../../runtime/name-lookup.ts";
import type { OpenCount } from "../open-count.ts";
import { type Poller, Watched } from "../polling/poller.ts";
import { READABLE } from "../polling/readiness.ts";
import { ErrorCode } from "./error-code.ts";

/** wasi:sockets' codes by those of getaddrinfo(3), as Node names them. */
const CODES: Readonly<Record<string, number>> = {
  ENOTFOUND: ErrorCode["name-unresolvable"],
  ENODATA: ErrorCode["name-unresolvable"],
  EAI_ADDRFAMILY: ErrorCode["name-unresolvable"],
  EAI_AGAIN: ErrorCode["temporary-resolver-failure"],
  ETIMEOUT: ErrorCode["temporary-resolver-failure"],
};

const BYTE = new Uint8Array(new ArrayBuffer(1));

export class NameLookup extends Watched {
  readonly #driver: Driver;
  readonly #poller: Poller;
  #addresses: readonly string[] | undefined;
  #next = 0;
  #failure = -1;
  #sender = -1;

  readonly #open: OpenCount;

  constructor(driver: Driver, poller: Poller, open: OpenCount) {
    super();
    this.#driver = driver;
    this.#poller = poller;
    this.#open = open;
  }

  /** Where the resolver answers later: `drop` has to be called. */
  await(resolution: Promise<Resolution>): void {
    [this.handle, this.#sender] = this.#driver.pipe();
    this.#poller.watch(this);
    this.#open.keep(this);
    void resolution.then((found) => {
      this.settle(found);
      if (this.#sender >= 0) this.#driver.send(this.#sender, BYTE, 0, 1);
    });
  }

  settle(resolution: Resolution): void {
    if ("code" in resolution) this.#failure = CODES[resolution.code] ?? ErrorCode["permanent-resolver-failure"];
    else this.#addresses = resolution;
    this.#poller.raise(this.readiness, READABLE);
  }

  woken(): void {
    if (this.#addresses !== undefined || this.#failure >= 0) this.#poller.raise(this.readiness, READABLE);
  }

  /** The next address; undefined after the last one; or an ErrorCode. */
  next(): string | undefined | number {
    if (this.#failure >= 0) return this.#failure;
    return this.#addresses === undefined ? ErrorCode["would-block"] : this.#addresses[this.#next++];
  }

  drop(): void {
    this.close();
  }

  close(): void {
    if (this.#sender < 0) return;
    this.#open.forget(this);
    this.#poller.forget(this);
    this.#driver.close(this.handle);
    this.#driver.close(this.#sender);
    this.#sender = -1;
  }
}
