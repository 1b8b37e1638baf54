/** Servers for guests that connect: each returns what it gets. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import net from "node:net";

/** Takes one stream's bytes up to its end, and answers them in reverse. */
export class ReversingServer implements AsyncDisposable {
  readonly #server: net.Server;

  static async at(host: string): Promise<ReversingServer> {
    const server = net.createServer({ allowHalfOpen: true }, (client) => {
      const parts: Buffer[] = [];
      client.on("error", () => {});
      client.on("data", (part: Buffer) => parts.push(part));
      client.on("end", () => client.end(Buffer.concat(parts).reverse()));
    });
    server.listen(0, host);
    await once(server, "listening");
    return new ReversingServer(server);
  }

  private constructor(server: net.Server) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Returns each datagram to its sender. */
export class DatagramEcho implements AsyncDisposable {
  readonly #socket;

  static async at(host: string): Promise<DatagramEcho> {
    const socket = createSocket({ type: net.isIPv6(host) ? "udp6" : "udp4", recvBufferSize: 1 << 20 });
    socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
    socket.bind(0, host);
    await once(socket, "listening");
    return new DatagramEcho(socket);
  }

  private constructor(socket: ReturnType<typeof createSocket>) {
    this.#socket = socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
