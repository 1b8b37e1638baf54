/**
 * A server on the loop that answers in upper case: upper-select.mjs without the loop, the queue and the lists.
 *
 *     node upper.mjs 127.0.0.1:9999 [--quiet]
 */
import { serve } from "pollux/loop";

const say = process.argv.includes("--quiet") ? () => {} : console.log;
/** Converts ASCII letters only, as Python's bytes.upper(). */
const upperCase = (bytes: Uint8Array) => bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
let last = 0;
const server = await serve(
  async (stream) => {
    const name = `client ${++last}`;
    say(`${name} came`);
    try {
      for await (const chunk of stream) {
        say(`${name}: received ${chunk.length} bytes`);
        await stream.write(upperCase(chunk));
      }
    } finally {
      say(`${name} went`);
    }
  },
  { address: process.argv[2] ?? "127.0.0.1:9999" },
);
console.error(`listening on ${server.address}`);
