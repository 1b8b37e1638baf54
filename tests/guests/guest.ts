/**
 * Programs in other languages, as they come out of their own toolchains, under `pollux run`: with each driver, and in
 * each
 * way to sleep. `npm run build:guests` builds them; where the toolchain is missing their tests are a visible skip.
 */
import { existsSync } from "node:fs";
import net from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { Run } from "../hosts/command.ts";
import { IS_NODE, RUNTIME_NAME } from "../script-runtime.ts";

export type Way = "blocking" | "worker" | "suspending";

const DRIVERS = ["posix", "net"];
const WAYS: readonly Way[] = ["blocking", "worker", "suspending"];

class RunOnNode24 extends Run {
  protected override get runtime(): readonly string[] {
    return [NODE_24!]; // suspending needs JSPI; the others run on the Node that runs the tests
  }
}

/** A started guest. */
export class Guest {
  readonly run: Run;

  constructor(run: Run) {
    this.run = run;
  }

  /** Resolves to the port of its listener, which is there when this does. */
  async port(): Promise<number> {
    return Number((await this.run.printed(/^listening on 127\.0\.0\.1:(\d+)$/m))[1]);
  }

  /** Resolves when it has ended, to what it printed. Rejects if it ended otherwise than well. */
  async out(): Promise<string> {
    const { out, error, status, signal } = await this.run.ended;
    if (status === 0) return out;
    throw new Error(`ended with ${signal ?? status}: ${error}`);
  }
}

export interface StartOptions {
  readonly args?: readonly string[];
  /** The command's own options, beside the listener. */
  readonly options?: readonly string[];
  /** Default: a listener at a port of the system's choice. */
  readonly listen?: readonly string[];
}

export interface Suite {
  /** Its folder in tests/. */
  readonly folder: "guests" | "real";
  readonly ways: readonly Way[];
}

/** Declares the tests of one guest, `LANGUAGE/NAME`, once for each driver and way to sleep. */
export function guest(
  name: string,
  tests: (start: (options?: StartOptions) => Guest) => void,
  { folder, ways }: Suite = { folder: "guests", ways: WAYS },
): void {
  const module = fileURLToPath(new URL(`../${folder}/built/${name}.wasm`, import.meta.url));
  for (const driver of DRIVERS) {
    for (const way of ways) {
      const on24 = IS_NODE && way === "suspending";
      describe(`${name}: driver ${driver}, ${way}, ${on24 ? "Node 24" : RUNTIME_NAME}`, () => {
        const missing = !existsSync(module)
          ? "npm run build:guests"
          : on24 && !NODE_24
            ? "npm run runtimes"
            : undefined;
        if (missing !== undefined) {
          it("serves", ({ skip }) => skip(`not built, or nothing to run it: ${missing}`));
          return;
        }
        tests(({ args = [], options = [], listen = ["--listen", "127.0.0.1:0"] } = {}) => {
          const command = ["run", "--driver", driver, "--sleep", way, ...listen, ...options, module, ...args];
          return new Guest(new (on24 ? RunOnNode24 : Run)(...command));
        });
      });
    }
  }
}

/** Bytes unique to a client: xorshift32 from a non-zero seed. */
export function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, word = seed; index < length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    bytes[index] = word >>> 11;
  }
  return bytes;
}

/** Sends the bytes in pieces, ends its side, and resolves to everything received up to the end of the stream. */
export async function exchange(port: number, bytes: Buffer, pieces = 7): Promise<Buffer> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const answer = buffer(socket);
  answer.catch(() => {}); // a writer finds out first, so there is no wait
  const step = Math.ceil(bytes.length / pieces) || 1;
  for (let at = 0; at < bytes.length; at += step) {
    const went = await new Promise<Error | null | undefined>((resolve) =>
      socket.write(bytes.subarray(at, at + step), resolve),
    );
    if (went) throw went;
  }
  socket.end();
  return answer;
}
