/**
 * The other yardstick: the echo server a Node programmer writes, with backpressure, on node:net's defaults.
 *
 *     node echo-node.mjs [PORT]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 */
import { createServer } from "node:net";

const server = createServer((socket) => {
  socket.on("data", (bytes) => {
    if (!socket.write(bytes)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  // A client that resets must not stop the server; 'close' follows.
  socket.on("error", () => {});
});

// The backlog of the other servers (SOMAXCONN), instead of node's 511.
server.listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0), backlog: 4096 }, () => {
  process.stderr.write(`listening on 127.0.0.1:${server.address().port}\n`);
});
