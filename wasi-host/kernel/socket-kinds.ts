/** The kinds of descriptors that are sockets. */
import { DatagramSocket } from "./datagrams.ts";
import type { Descriptor } from "./descriptors.ts";
import { FreshSocket, Listener, Stream } from "./sockets.ts";

export type Socket = DatagramSocket | FreshSocket | Listener | Stream;

export function isSocket(descriptor: Descriptor): descriptor is Socket {
  return (
    descriptor instanceof Stream ||
    descriptor instanceof Listener ||
    descriptor instanceof FreshSocket ||
    descriptor instanceof DatagramSocket
  );
}
