/**
 * A reference: the echo server on Deno.listen. Deno's documentation joins a connection's streams in this way.
 *
 *     deno run --allow-net echo-deno.mjs [PORT]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0] ?? 0) });
console.error(`listening on 127.0.0.1:${listener.addr.port}`);
for (;;) {
  try {
    const connection = await listener.accept();
    connection.readable.pipeTo(connection.writable).catch(() => {});
  } catch {
    // A client that resets must not stop the server.
  }
}
