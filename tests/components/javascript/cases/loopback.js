/** Connected sockets of this process. */
import { poll } from "wasi:io/poll@0.2.12";
import { instanceNetwork } from "wasi:sockets/instance-network@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";
import { createUdpSocket } from "wasi:sockets/udp-create-socket@0.2.12";
import { drop } from "./telling.js";

let found;
export const network = () => (found ??= instanceNetwork());
export const ipv4 = (port, address = [127, 0, 0, 1]) => ({ tag: "ipv4", val: { port, address } });
export const ipv6 = (port, address = [0, 0, 0, 0, 0, 0, 0, 1]) => ({
  tag: "ipv6",
  val: { port, flowInfo: 0, address, scopeId: 0 },
});

/** Waits for an object with one pollable. */
export function settled(subject) {
  const pollable = subject.subscribe();
  poll([pollable]);
  drop(pollable);
}

/** The second half of a call, as soon as it does not return would-block. */
export function finished(socket, half) {
  for (;;) {
    try {
      return half();
    } catch (error) {
      if (String(error.payload ?? error.message) !== "would-block") throw error;
      settled(socket);
    }
  }
}

export function bound(socket, address = ipv4(0)) {
  socket.startBind(network(), address);
  finished(socket, () => socket.finishBind());
  return socket;
}

export function listening(address = ipv4(0)) {
  const socket = bound(createTcpSocket(address.tag), address);
  socket.startListen();
  finished(socket, () => socket.finishListen());
  return socket;
}

export function connected(listener) {
  const client = createTcpSocket("ipv4");
  client.startConnect(network(), listener.localAddress());
  const [clientInput, clientOutput] = finished(client, () => client.finishConnect());
  const [server, serverInput, serverOutput] = finished(listener, () => listener.accept());
  return {
    client: { socket: client, input: clientInput, output: clientOutput },
    server: { socket: server, input: serverInput, output: serverOutput },
  };
}

export const boundUdp = (address = ipv4(0)) => bound(createUdpSocket(address.tag), address);
