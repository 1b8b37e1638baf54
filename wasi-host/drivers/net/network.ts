/** Sockets of node:net, for the I/O end. */
import net from "node:net";
import { errnoOfCode } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { DatagramEvents, ListenerEvents, Network, StreamEvents } from "../shared-region/network.ts";
import { NetConnection } from "./connection.ts";
import { NetDatagrams } from "./datagrams.ts";
import { InputConnection } from "./input-connection.ts";
import { openStandardInput } from "./standard-input.ts";
import { holdPath, releasePath, removeStale } from "./unix-paths.ts";

export class NetNetwork implements Network {
  readonly keepsOptions = true;

  connect({ host, port }: SocketAddress, events: StreamEvents, from?: SocketAddress): NetConnection {
    const path = port === -1 ? host : undefined;
    const to = path === undefined ? { host, port } : { path };
    const source = from === undefined ? {} : { localAddress: from.host, localPort: from.port };
    const socket = net.connect({ ...to, ...source, allowHalfOpen: true, noDelay: true });
    const connection = new NetConnection(socket);
    socket.once("connect", () => events.opened(connection.names(path, "remote")));
    connection.report(events);
    return connection;
  }

  listen(address: SocketAddress | number, backlog: number, events: ListenerEvents): { close(): void } {
    const path = typeof address === "object" && address.port === -1 ? address.host : undefined;
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    let named: string | undefined;
    let closed = false;
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
      if (closed) return void server.close();
      const local = server.address();
      if (typeof local === "string") {
        named = local;
        holdPath(local);
      }
      events.listening(
        typeof local === "string" ? { host: local, port: -1 } : { host: local!.address, port: local!.port },
      );
    });
    server.on("error", (error: NodeJS.ErrnoException) => events.failed(errnoOfCode(error.code)));
    const options = { backlog, exclusive: true };
    if (typeof address === "number") server.listen({ fd: address });
    else if (path === undefined) server.listen({ ...options, ...address });
    else void removeStale(path).then(() => server.listen({ ...options, path }));
    return {
      close() {
        closed = true;
        server.close();
        if (named !== undefined) releasePath(named);
        // Not at the end of the last connection, as the server's own event: the name is free now.
        queueMicrotask(() => events.closed());
      },
    };
  }

  datagrams(address: SocketAddress, events: DatagramEvents): NetDatagrams {
    return new NetDatagrams(address, events);
  }

  standardInput(events: StreamEvents): InputConnection {
    return new InputConnection(openStandardInput(), events);
  }
}
