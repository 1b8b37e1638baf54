/**
 * An echo server on the loop: echo-select.mjs and echo-selectors.mjs without the loop, the queue and the lists.
 *
 *     node echo.mjs 127.0.0.1:9999 [--quiet]
 */
import { serve } from "pollux/loop";

const say = process.argv.includes("--quiet") ? () => {} : console.log;
let last = 0;
const server = await serve(
  async (stream) => {
    const name = `client ${++last}`;
    say(`${name} came`);
    try {
      for await (const chunk of stream) {
        say(`${name}: received ${chunk.length} bytes`);
        await stream.write(chunk);
      }
    } finally {
      say(`${name} went`);
    }
  },
  { address: process.argv[2] ?? "127.0.0.1:9999" },
);
console.error(`listening on ${server.address}`);
