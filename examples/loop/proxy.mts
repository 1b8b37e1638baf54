/** A TCP proxy: `node proxy.mts [HOST:PORT [TARGET:PORT]]` (Node 24 and later run TypeScript). */
import { connect, serve } from "pollux/loop";

const [address = "127.0.0.1:9999", target = "127.0.0.1:8080"] = process.argv.slice(2);
const server = await serve(
  async (client) => {
    await using upstream = await connect(target, { timeout: 5000 });
    await Promise.all([client.pipe(upstream), upstream.pipe(client)]);
  },
  { address, onError: (error) => console.error(String(error)) },
);
console.error(`listening on ${server.address}`);
