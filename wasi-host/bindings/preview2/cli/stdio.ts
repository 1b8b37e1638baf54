/** The guest's standard input and output, as streams over the host's own descriptors. */

import { Errno } from "../../../abi/errno.ts";
import { ERR, HUP, IN, OUT, RDHUP } from "../../../abi/readiness.ts";
import type { Descriptor } from "../../../kernel/descriptors.ts";
import type { Bytes } from "../bytes.ts";
import { type Poller, Watched } from "../polling/poller.ts";
import { ALWAYS, READABLE, type Readiness, unsure, WRITABLE } from "../polling/readiness.ts";
import type { HeldBytes } from "../streams/held-bytes.ts";
import { InputStream } from "../streams/input-stream.ts";
import { IoError } from "../streams/io-error.ts";
import { OutputStream } from "../streams/output-stream.ts";

/** A descriptor whose readiness is watched from the guest's first request on; ALWAYS if it has no handle. */
class WatchedDescriptor extends Watched {
  readonly #poller: Poller;
  readonly #onRoom: () => void;

  constructor(poller: Poller, handle: number, bits: number, onRoom: () => void) {
    super(bits);
    this.#poller = poller;
    this.#onRoom = onRoom;
    this.handle = handle;
    poller.watch(this);
  }

  woken(ready: number): void {
    if ((ready & (IN | RDHUP | ERR | HUP)) !== 0) this.#poller.raise(this.readiness, READABLE);
    if ((ready & (OUT | ERR | HUP)) !== 0) this.#onRoom();
  }
}

export class StandardInput extends InputStream {
  readonly #descriptor: Descriptor;
  readonly #poller: Poller;
  #watched: Readiness | undefined;

  constructor(descriptor: Descriptor, poller: Poller) {
    super();
    this.#descriptor = descriptor;
    this.#poller = poller;
  }

  get readiness(): Readiness {
    const { handle } = this.#descriptor;
    if (handle < 0) return ALWAYS;
    this.#watched ??= new WatchedDescriptor(this.#poller, handle, unsure(READABLE), () => {}).readiness;
    return this.#watched;
  }

  receive({ bytes }: Bytes, offset: number, length: number): number {
    const count = this.#descriptor.read(bytes, offset, length);
    if (count === -Errno.AGAIN) this.readiness.clear(READABLE);
    else if (count > 0 && this.readiness !== ALWAYS) this.readiness.doubt(READABLE);
    return count;
  }

  error(errno: number): IoError {
    return new IoError(errno, "filesystem");
  }
}

export class StandardOutput extends OutputStream {
  readonly #descriptor: Descriptor;
  readonly #poller: Poller;
  #watched: Readiness | undefined;

  constructor(descriptor: Descriptor, poller: Poller, held: HeldBytes) {
    super(held);
    this.#descriptor = descriptor;
    this.#poller = poller;
  }

  get readiness(): Readiness {
    const { handle } = this.#descriptor;
    if (handle < 0) return ALWAYS;
    this.#watched ??= new WatchedDescriptor(this.#poller, handle, WRITABLE, () => this.#onRoom()).readiness;
    return this.#watched;
  }

  #onRoom(): void {
    if (this.holds) this.flush();
    else this.#poller.raise(this.readiness, WRITABLE);
  }

  /** Watched from the first short write on, which then tries once more, because earlier events made no wakeup. */
  protected send(bytes: Uint8Array, offset: number, length: number): number {
    const count = this.#descriptor.write(bytes, offset, length);
    if (count === length || this.#watched !== undefined || this.readiness === ALWAYS) return count;
    if (count < 0) return this.#descriptor.write(bytes, offset, length);
    return count + Math.max(0, this.#descriptor.write(bytes, offset + count, length - count));
  }

  error(errno: number): IoError {
    return new IoError(errno, "filesystem");
  }
}
