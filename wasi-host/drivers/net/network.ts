/** Sockets of node:net, for the back. */
import net from "node:net";
import { errnoOfCode } from "../../errno.ts";
import type { DatagramEvents, ListenerEvents, Network, StreamEvents } from "../buffered/network.ts";
import type { SocketAddress } from "../driver.ts";
import { NetConnection } from "./connection.ts";
import { NetDatagrams } from "./datagrams.ts";
import { openStandardInput } from "./standard-input.ts";
import { removeStale } from "./unix-paths.ts";

export class NetNetwork implements Network {
  connect({ host, port }: SocketAddress, events: StreamEvents): NetConnection {
    const path = port === -1 ? host : undefined;
    const to = path === undefined ? { host, port } : { path };
    const socket = net.connect({ ...to, allowHalfOpen: true, noDelay: true });
    const connection = new NetConnection(socket);
    socket.once("connect", () => events.opened(connection.names(path, "remote")));
    connection.report(events);
    return connection;
  }

  listen(address: SocketAddress | number, backlog: number, events: ListenerEvents): { close(): void } {
    const path = typeof address === "object" && address.port === -1 ? address.host : undefined;
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    let named: string | undefined;
    server.on("connection", (socket) => {
      const connection = new NetConnection(socket);
      const taker = events.connection(connection.names(named, "local"), connection);
      if (taker !== undefined) connection.report(taker);
      else {
        socket.on("error", () => {});
        connection.reset();
      }
    });
    server.on("listening", () => {
      const local = server.address();
      if (typeof local === "string") named = local;
      events.listening(
        typeof local === "string" ? { host: local, port: -1 } : { host: local!.address, port: local!.port },
      );
    });
    server.on("error", (error: NodeJS.ErrnoException) => events.failed(errnoOfCode(error.code)));
    const options = { backlog, exclusive: true };
    if (typeof address === "number") server.listen({ fd: address });
    else if (path === undefined) server.listen({ ...options, host: address.host, port: address.port });
    else void removeStale(path).then(() => server.listen({ ...options, path }));
    return {
      close() {
        server.close();
        // Not when the last connection has ended, as the server's own event is: the name is free now.
        queueMicrotask(() => events.closed());
      },
    };
  }

  datagrams(address: SocketAddress, events: DatagramEvents): NetDatagrams {
    return new NetDatagrams(address, events);
  }

  standardInput(events: StreamEvents): NetConnection {
    const connection = new NetConnection(openStandardInput());
    connection.report(events);
    return connection;
  }
}
