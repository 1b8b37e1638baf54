/** One connection floods a server on a stock host, and another one is served beside it. */
import { afterAll, describe, expect, it } from "vitest";
import { PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";
import { Client } from "../programs/client.ts";
import { endAll, Subject } from "./subject.ts";

const CHUNK = Buffer.alloc(65_536);
const ROUND_TRIPS = 50;
/** What comes back of the flood while the other one waits for an answer: no seconds, which a busy machine has of its own. */
const MAX_MIB = 64;

afterAll(endAll);

/** Sends on and on, and takes what comes back. */
class Flood {
  bytes = 0;
  readonly #client: Client;
  #ends = false;

  constructor(client: Client) {
    this.#client = client;
    client.socket.removeAllListeners("data");
    client.socket.on("data", ({ length }) => (this.bytes += length));
    client.socket.on("drain", () => this.#send());
    this.#send();
  }

  #send(): void {
    while (!this.#ends && this.#client.socket.write(CHUNK));
  }

  async end(): Promise<void> {
    this.#ends = true;
    await this.#client.reset();
  }
}

const COMPONENTS = RUNTIMES.filter(({ runs, name }) => runs === "component" && name.startsWith("wasmtime"));

describe.each(COMPONENTS)("on $name", (runtime) => {
  it.for(PROGRAMS)(
    `$name: at most ${MAX_MIB} MiB of a flood come before another's answer`,
    async (program, { skip }) => {
      if (runtime.missing !== undefined) skip(runtime.missing);
      await using subject = await Subject.start(runtime, program);
      const [flooding, other] = await Client.connectMany(subject.port, 2);
      await other.roundTrip();
      const flood = new Flood(flooding);
      let most = 0;
      for (let turn = 0; turn < ROUND_TRIPS; turn++) {
        const before = flood.bytes;
        await other.roundTrip();
        most = Math.max(most, flood.bytes - before);
      }
      await flood.end();
      expect(most / 2 ** 20).toBeLessThan(MAX_MIB);
    },
  );
});
