/** Channels that are pipes. They have no name in the file system, so nothing can be left behind. */

import type { Driver } from "../drivers/contract/driver.ts";
import { openDriver } from "../drivers/index.ts";
import { noteFor } from "../drivers/posix/open-descriptors.ts";
import { drain, feed, type OutputStream } from "../stdio/streams.ts";
import { Channels, type OpenChannel } from "./channels.ts";

export class PipeChannels extends Channels {
  readonly #opened: SharedArrayBuffer;
  readonly #end = new AbortController();
  /** This thread's driver; the first stream opens it. */
  #driver: Promise<Driver> | undefined;
  readonly #flows: Promise<void>[] = [];

  constructor(opened: SharedArrayBuffer) {
    super();
    this.#opened = opened;
  }

  protected async feed(source: AsyncIterable<Uint8Array>): Promise<OpenChannel> {
    const driver = await this.#open();
    const [theirs, ours] = driver.pipe();
    return this.#run(driver, ours, theirs, feed(driver, ours, source, this.#end.signal));
  }

  protected async drain(sink: OutputStream): Promise<OpenChannel> {
    const driver = await this.#open();
    const [ours, theirs] = driver.pipe();
    return this.#run(driver, ours, theirs, drain(driver, ours, sink, this.#end.signal));
  }

  #open(): Promise<Driver> {
    this.#driver ??= openDriver("posix", {}, false);
    return this.#driver;
  }

  /** The guest's end is in the guest's table before its thread starts, so it is closed even if the start fails. */
  #run(driver: Driver, ours: number, theirs: number, flow: Promise<void>): OpenChannel {
    driver.adoption!.disown(theirs);
    noteFor(this.#opened, theirs);
    const done = flow.finally(() => driver.close(ours));
    this.#flows.push(done);
    return { end: { descriptor: theirs }, done };
  }

  [Symbol.dispose](): void {
    this.#end.abort();
    void Promise.allSettled(this.#flows).then(async () => (await this.#driver)?.dispose());
  }
}
