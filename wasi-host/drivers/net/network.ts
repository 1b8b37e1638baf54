/** Sockets of node:net, for the I/O end. */
import net from "node:net";
import { errnoOfCode } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { DatagramEvents, ListenerEvents, Names, Network, StreamEvents } from "../shared-region/network.ts";
import { NetConnection, namesOfSocket, ON_READ, SERVER_OPTIONS } from "./connection.ts";
import { NetDatagrams } from "./datagrams.ts";
import { InputConnection } from "./input-connection.ts";
import { openStandardInput } from "./standard-input.ts";
import { holdPath, releasePath, removeStale } from "./unix-paths.ts";

/** Hosts of listeners on all addresses. */
const ANY: readonly string[] = ["0.0.0.0", "::"];
const UNNAMED: SocketAddress = { host: "", port: -1 };

/** The names of a Unix socket of which one end has a path. */
function namesOfPath(side: "local" | "remote", path: string): Names {
  return { local: UNNAMED, remote: UNNAMED, [side]: { host: path, port: -1 } };
}

export class NetNetwork implements Network {
  readonly keepsOptions = true;

  connect({ host, port }: SocketAddress, events: StreamEvents, from?: SocketAddress): NetConnection {
    const path = port === -1 ? host : undefined;
    const to = path === undefined ? { host, port } : { path };
    const source = from === undefined ? {} : { localAddress: from.host, localPort: from.port };
    const socket = net.connect({ ...to, ...source, allowHalfOpen: true, noDelay: true, onread: ON_READ });
    const connection = new NetConnection(socket);
    socket.once("connect", () =>
      events.opened(path === undefined ? namesOfSocket(socket) : namesOfPath("remote", path)),
    );
    connection.report(events);
    return connection;
  }

  listen(address: SocketAddress | number, backlog: number, events: ListenerEvents): { close(): void } {
    const path = typeof address === "object" && address.port === -1 ? address.host : undefined;
    const server = net.createServer(SERVER_OPTIONS);
    let named: string | undefined;
    /** Of every connection; undefined if the listener has all of the machine's. */
    let local: SocketAddress | undefined;
    let closed = false;
    server.on("connection", (socket) => {
      const connection = NetConnection.accepted(socket);
      // Of the server's socket, which is not kept.
      const names = named === undefined ? namesOfSocket(socket, local) : namesOfPath("local", named);
      const taker = events.connection(names, connection);
      if (taker !== undefined) connection.report(taker);
      else connection.refuse();
    });
    server.on("listening", () => {
      if (closed) return void server.close();
      const name = server.address();
      if (typeof name === "string") {
        named = name;
        holdPath(name);
        events.listening({ host: name, port: -1 });
      } else {
        const listening = { host: name!.address, port: name!.port };
        if (!ANY.includes(listening.host)) local = listening;
        events.listening(listening);
      }
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
