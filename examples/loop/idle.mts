/** An echo server that says goodbye to idle clients, and drains on SIGTERM: `node idle.mts [HOST:PORT [MILLISECONDS]]`. */
import { SystemError } from "pollux";
import { defaultLoop, serve } from "pollux/loop";

const [address = "127.0.0.1:9999", idle = "30000"] = process.argv.slice(2);
const timeout = Number(idle);
const server = await serve(
  async (stream) => {
    try {
      for (let chunk = await stream.read({ timeout }); chunk; chunk = await stream.read({ timeout })) {
        await stream.write(chunk, { timeout });
      }
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "ETIMEDOUT")) throw error;
      stream.tryWrite("idle: goodbye\n");
    }
  },
  { address },
);
(await defaultLoop()).onSignal("SIGTERM", () => void server.close({ timeout: 1000 }));
console.error(`listening on ${server.address}`);
