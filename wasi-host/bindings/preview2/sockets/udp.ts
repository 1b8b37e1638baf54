/** wasi:sockets/udp. */
import { Errno } from "../../../abi/errno.ts";
import type { SocketAddress } from "../../../addresses/socket-address.ts";
import { HOP_LIMIT, RECEIVE_BUFFER, SEND_BUFFER } from "../../../drivers/contract/socket-options.ts";
import { copyBytes } from "../bytes.ts";
import { type Caller, SUCCEEDED } from "../caller.ts";
import {
  HANDLE,
  INCOMING_DATAGRAM,
  LIST,
  OUTGOING_DATAGRAM,
  RESULT_ADDRESS,
  RESULT_BYTE,
  RESULT_LIST,
  RESULT_TWO_HANDLES,
  RESULT_U64,
} from "../layout.ts";
import { Pollable, READABLE, SETTLED, WRITABLE } from "../polling/readiness.ts";
import { INCOMING_DATAGRAM_STREAM, NETWORK, OUTGOING_DATAGRAM_STREAM, POLLABLE, UDP_SOCKET } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { scratch } from "../streams/scratch.ts";
import { caseOf, trap } from "../trap.ts";
import { FLAT_ADDRESS, type IpAddress, isMapped, isUnspecified, lifted, loaded, named, store } from "./address.ts";
import { ErrorCode, OK, outcomeOf } from "./error-code.ts";
import { OptionResults } from "./option-results.ts";
import { intOf } from "./option-values.ts";
import { IncomingDatagramStream, isSame, OutgoingDatagramStream, type UdpSocket } from "./udp-socket.ts";

/** The most datagrams of one call. */
const MAX_DATAGRAMS = 64;

interface Received {
  readonly data: number;
  readonly length: number;
  readonly from: SocketAddress;
}

interface Outgoing {
  readonly data: number;
  readonly length: number;
  readonly to: IpAddress | undefined;
}

export function udp({ driver, grants, poller }: State, caller: Caller): Functions {
  const { handles, memory } = caller;
  const options = new OptionResults(caller);
  const from = { host: "", port: 0 };

  function startBind(socket: UdpSocket, address: IpAddress): number {
    if (socket.isBinding) return ErrorCode["concurrency-conflict"];
    if (socket.isBound) return ErrorCode["invalid-state"];
    if (address.family !== socket.family || isMapped(address)) return ErrorCode["invalid-argument"];
    const name = named(address);
    return grants.bind.refuse("udp-socket.start-bind", name) ? ErrorCode["access-denied"] : socket.startBind(name);
  }

  /** OK, or the reason why a socket cannot send to an address. */
  function destination(socket: UdpSocket, to: IpAddress, call: string): number {
    const refused = to.family !== socket.family || to.port === 0 || isUnspecified(to) || isMapped(to);
    if (refused) return ErrorCode["invalid-argument"];
    return grants.connect.refuse(call, named(to)) ? ErrorCode["access-denied"] : OK;
  }

  function associate(socket: UdpSocket, to: IpAddress | undefined): number {
    if (!socket.isBound) return ErrorCode["invalid-state"];
    if (socket.streams > 0) trap("udp-socket.stream: streams of an earlier call have not been dropped");
    const refused = to === undefined ? OK : destination(socket, to, "udp-socket.stream");
    return refused === OK ? socket.associate(to === undefined ? undefined : named(to)) : refused;
  }

  /** Up to `most` datagrams, whose bytes are in the guest's memory; or an ErrorCode. */
  function receive(socket: UdpSocket, most: number): Received[] | number {
    const received: Received[] = [];
    while (received.length < most) {
      const length = socket.receive(scratch.bytes, from);
      if (length === -Errno.AGAIN) break;
      if (length < 0) {
        // Received datagrams come first; the failure is dropped with its report, as for recvfrom(2).
        if (received.length === 0) return outcomeOf(length);
        break;
      }
      const data = caller.allocate(1, length);
      copyBytes(scratch, 0, memory, data, length);
      received.push({ data, length, from: { host: from.host, port: from.port } });
    }
    return received;
  }

  function put(received: readonly Received[], at: number): void {
    const { size, align, address } = INCOMING_DATAGRAM;
    const first = caller.allocate(align, received.length * size);
    for (const [index, datagram] of received.entries()) {
      caller.putList(first + index * size, datagram.data, datagram.length);
      store(memory, first + index * size + address, datagram.from);
    }
    caller.putList(at, first, received.length);
  }

  /** Checks a whole list of datagrams: if one is a trap, nothing is sent. */
  function outgoing(pointer: number, count: number): Outgoing[] {
    const { size, option, address } = OUTGOING_DATAGRAM;
    const first = caller.list(pointer, count, OUTGOING_DATAGRAM);
    return Array.from({ length: count }, (_, index) => {
      const at = first + index * size;
      const length = memory.view.getUint32(at + LIST.length, true);
      const data = caller.bytes(memory.view.getUint32(at, true), length);
      const hasAddress = caseOf(memory.bytes[at + option], 2, "option") === 1;
      return { data, length, to: hasAddress ? loaded(memory, at + address) : undefined };
    });
  }

  /** The result of one send: a count, or -1 less an ErrorCode. */
  function send(socket: UdpSocket, { data, length, to }: Outgoing): number {
    const { remote } = socket;
    if (remote === undefined) {
      if (to === undefined) return -1 - ErrorCode["invalid-argument"];
      const refused = destination(socket, to, "outgoing-datagram-stream.send");
      if (refused !== OK) return -1 - refused;
    } else if (to !== undefined && !isSame(named(to), remote)) return -1 - ErrorCode["invalid-argument"];
    const name = remote === undefined ? named(to!) : undefined;
    const sent = socket.send(memory.bytes, data, length, name);
    return sent < 0 ? -1 - outcomeOf(sent) : sent;
  }

  function sendAll(socket: UdpSocket, datagrams: readonly Outgoing[]): number {
    for (const [index, datagram] of datagrams.entries()) {
      const sent = send(socket, datagram);
      if (sent >= 0) continue;
      if (index > 0 || sent === -1 - ErrorCode["would-block"]) return index;
      return sent;
    }
    return datagrams.length;
  }

  return {
    "[method]udp-socket.start-bind"(handle: number, net: number, family: number, ...rest: number[]): undefined {
      const socket = handles.get(UDP_SOCKET, handle);
      handles.get(NETWORK, net);
      const address = lifted(family, rest);
      const at = caller.place(rest[FLAT_ADDRESS], RESULT_BYTE);
      return caller.finish(at, startBind(socket, address));
    },

    "[method]udp-socket.finish-bind"(handle: number, result: number): undefined {
      const socket = handles.get(UDP_SOCKET, handle);
      const at = caller.place(result, RESULT_BYTE);
      return caller.finish(at, socket.finishBind());
    },

    "[method]udp-socket.stream"(handle: number, some: number, family: number, ...rest: number[]): undefined {
      const socket = handles.get(UDP_SOCKET, handle);
      const remote = caseOf(some, 2, "option") === 1 ? lifted(family, rest) : undefined;
      const at = caller.place(rest[FLAT_ADDRESS], RESULT_TWO_HANDLES);
      const code = associate(socket, remote);
      if (code !== OK) return caller.fail(at, RESULT_TWO_HANDLES, code);
      const incoming = handles.insert(INCOMING_DATAGRAM_STREAM, new IncomingDatagramStream(socket), handle);
      const outgoing = handles.insert(OUTGOING_DATAGRAM_STREAM, new OutgoingDatagramStream(socket), handle);
      memory.words[(at + RESULT_TWO_HANDLES.payload) >>> 2] = incoming;
      memory.words[(at + RESULT_TWO_HANDLES.payload + HANDLE.size) >>> 2] = outgoing;
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]udp-socket.local-address"(handle: number, result: number): undefined {
      const socket = handles.get(UDP_SOCKET, handle);
      const at = caller.place(result, RESULT_ADDRESS);
      const address = socket.isBound ? driver.localAddress(socket.handle) : undefined;
      if (address === undefined) return caller.fail(at, RESULT_ADDRESS, ErrorCode["invalid-state"]);
      store(memory, at + RESULT_ADDRESS.payload, address);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]udp-socket.remote-address"(handle: number, result: number): undefined {
      const { remote } = handles.get(UDP_SOCKET, handle);
      const at = caller.place(result, RESULT_ADDRESS);
      if (remote === undefined) return caller.fail(at, RESULT_ADDRESS, ErrorCode["invalid-state"]);
      store(memory, at + RESULT_ADDRESS.payload, remote);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]udp-socket.address-family"(handle: number): number {
      return handles.get(UDP_SOCKET, handle).family;
    },

    "[method]udp-socket.unicast-hop-limit"(handle: number, result: number): undefined {
      return options.u8(handles.get(UDP_SOCKET, handle), HOP_LIMIT, result);
    },

    "[method]udp-socket.set-unicast-hop-limit"(handle: number, value: number, result: number): undefined {
      return options.set(handles.get(UDP_SOCKET, handle), HOP_LIMIT, value & 0xff, result);
    },

    "[method]udp-socket.receive-buffer-size"(handle: number, result: number): undefined {
      return options.u64(handles.get(UDP_SOCKET, handle), RECEIVE_BUFFER, 1n, result);
    },

    "[method]udp-socket.set-receive-buffer-size"(handle: number, value: bigint, result: number): undefined {
      return options.set(handles.get(UDP_SOCKET, handle), RECEIVE_BUFFER, intOf(value), result);
    },

    "[method]udp-socket.send-buffer-size"(handle: number, result: number): undefined {
      return options.u64(handles.get(UDP_SOCKET, handle), SEND_BUFFER, 1n, result);
    },

    "[method]udp-socket.set-send-buffer-size"(handle: number, value: bigint, result: number): undefined {
      return options.set(handles.get(UDP_SOCKET, handle), SEND_BUFFER, intOf(value), result);
    },

    "[method]udp-socket.subscribe"(handle: number): number {
      const { readiness } = handles.get(UDP_SOCKET, handle);
      return handles.insert(POLLABLE, new Pollable(readiness, SETTLED), handle);
    },

    "[method]incoming-datagram-stream.receive"(handle: number, most: bigint, result: number): undefined {
      const { socket } = handles.get(INCOMING_DATAGRAM_STREAM, handle);
      const at = caller.place(result, RESULT_LIST);
      const received = receive(socket, Math.min(intOf(most), MAX_DATAGRAMS));
      if (typeof received === "number") return caller.fail(at, RESULT_LIST, received);
      put(received, at + RESULT_LIST.payload);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]incoming-datagram-stream.subscribe"(handle: number): number {
      const { readiness } = handles.get(INCOMING_DATAGRAM_STREAM, handle).socket;
      return handles.insert(POLLABLE, new Pollable(readiness, READABLE), handle);
    },

    "[method]outgoing-datagram-stream.check-send"(handle: number, result: number): undefined {
      const stream = handles.get(OUTGOING_DATAGRAM_STREAM, handle);
      const at = caller.place(result, RESULT_U64);
      const { readiness } = stream.socket;
      if ((readiness.bits & WRITABLE) === 0) poller.collect();
      stream.permit = (readiness.bits & WRITABLE) === 0 ? 0 : MAX_DATAGRAMS;
      memory.bytes[at] = SUCCEEDED;
      memory.view.setBigUint64(at + RESULT_U64.payload, BigInt(stream.permit), true);
    },

    "[method]outgoing-datagram-stream.send"(handle: number, list: number, length: number, result: number): undefined {
      const stream = handles.get(OUTGOING_DATAGRAM_STREAM, handle);
      const count = length >>> 0;
      if (count > stream.permit) trap(`send of ${count} datagrams, of which check-send has permitted ${stream.permit}`);
      const datagrams = outgoing(list, count);
      const at = caller.place(result, RESULT_U64);
      stream.permit -= count;
      const sent = sendAll(stream.socket, datagrams);
      if (sent < 0) return caller.fail(at, RESULT_U64, -1 - sent);
      memory.bytes[at] = SUCCEEDED;
      memory.view.setBigUint64(at + RESULT_U64.payload, BigInt(sent), true);
    },

    "[method]outgoing-datagram-stream.subscribe"(handle: number): number {
      const { readiness } = handles.get(OUTGOING_DATAGRAM_STREAM, handle).socket;
      return handles.insert(POLLABLE, new Pollable(readiness, WRITABLE), handle);
    },
  };
}
