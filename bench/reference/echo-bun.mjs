/**
 * A reference: the echo server on Bun.listen, with backpressure.
 *
 *     bun echo-bun.mjs [PORT]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 */
const server = Bun.listen({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(socket) {
      socket.data = undefined;
    },
    data(socket, bytes) {
      // What is not taken waits for `drain`.
      if (socket.data !== undefined) socket.data = Buffer.concat([socket.data, bytes]);
      else {
        const sent = socket.write(bytes);
        if (sent >= 0 && sent < bytes.length) socket.data = Buffer.from(bytes.subarray(sent));
      }
    },
    drain(socket) {
      if (socket.data === undefined) return;
      const sent = socket.write(socket.data);
      if (sent < 0) return;
      socket.data = sent < socket.data.length ? socket.data.subarray(sent) : undefined;
    },
    error() {},
  },
});
process.stderr.write(`listening on 127.0.0.1:${server.port}\n`);
