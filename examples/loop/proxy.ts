/**
 * A TCP proxy: connects each client to another server, and passes on what both send.
 *
 *     pollux run --listen 127.0.0.1:9000 --connect 127.0.0.1:8080 proxy.wasm 127.0.0.1 8080
 */
import { args, connectTcp, defaultLoop, ListenerHandler, StreamHandler, TcpListener, TcpStream } from "pollux/assembly";

const words = args();
assert(words.length > 2, "usage: proxy HOST PORT");

class Proxy extends ListenerHandler {
  onConnection(client: TcpStream): StreamHandler {
    const server = connectTcp(words[1], I32.parseInt(words[2]), new StreamHandler(), 5000);
    client.pipe(server);
    server.pipe(client);
    return client.handler;
  }
}

TcpListener.inherit(new Proxy());
defaultLoop().run();
