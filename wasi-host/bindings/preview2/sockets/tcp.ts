/** wasi:sockets/tcp. */
import {
  HOP_LIMIT,
  KEEP_ALIVE,
  KEEP_ALIVE_COUNT,
  KEEP_ALIVE_IDLE,
  KEEP_ALIVE_INTERVAL,
  RECEIVE_BUFFER,
  SEND_BUFFER,
} from "../../../drivers/contract/socket-options.ts";
import { type Caller, SUCCEEDED } from "../caller.ts";
import { HANDLE, RESULT_ADDRESS, RESULT_BYTE, RESULT_THREE_HANDLES, RESULT_TWO_HANDLES } from "../layout.ts";
import { Pollable, SETTLED } from "../polling/readiness.ts";
import { INPUT_STREAM, NETWORK, OUTPUT_STREAM, POLLABLE, TCP_SOCKET } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { caseOf } from "../trap.ts";
import { FLAT_ADDRESS, type IpAddress, isMapped, isUnicast, isUnspecified, lifted, named, store } from "./address.ts";
import { codeOf, ErrorCode, OK } from "./error-code.ts";
import { OptionResults } from "./option-results.ts";
import { intOf, secondsOf } from "./option-values.ts";
import {
  BINDING,
  BOUND,
  CLOSED,
  CONNECTED,
  CONNECTING,
  LISTENING,
  STARTING,
  type TcpSocket,
  UNBOUND,
} from "./tcp-socket.ts";

const SECOND = 1_000_000_000n;

export function tcp({ driver, grants, listeners }: State, caller: Caller): Functions {
  const { handles, memory } = caller;
  const options = new OptionResults(caller);

  function startBind(socket: TcpSocket, address: IpAddress): number {
    if (inProgress(socket)) return ErrorCode["concurrency-conflict"];
    if (socket.state !== UNBOUND) return ErrorCode["invalid-state"];
    if (address.family !== socket.family || !isUnicast(address) || isMapped(address)) {
      return ErrorCode["invalid-argument"];
    }
    const name = named(address);
    const open = listeners.take(name);
    if (open !== undefined) return socket.startBindTo(open);
    return grants.bind.refuse("tcp-socket.start-bind", name) ? ErrorCode["access-denied"] : socket.startBind(name);
  }

  function startConnect(socket: TcpSocket, address: IpAddress): number {
    if (inProgress(socket)) return ErrorCode["concurrency-conflict"];
    if (socket.state !== UNBOUND && socket.state !== BOUND) return ErrorCode["invalid-state"];
    if (address.family !== socket.family || !isUnicast(address) || isMapped(address)) {
      return ErrorCode["invalid-argument"];
    }
    if (address.port === 0 || isUnspecified(address)) return ErrorCode["invalid-argument"];
    const name = named(address);
    return grants.connect.refuse("tcp-socket.start-connect", name)
      ? ErrorCode["access-denied"]
      : socket.startConnect(name);
  }

  /** Writes the handles of both streams to `at`. */
  function putStreams(socket: TcpSocket, handle: number, at: number): void {
    const input = handles.insert(INPUT_STREAM, socket.input!, handle);
    const output = handles.insert(OUTPUT_STREAM, socket.output!, handle);
    memory.words[at >>> 2] = input;
    memory.words[(at + HANDLE.size) >>> 2] = output;
  }

  /** A socket with options. */
  function optioned(handle: number): TcpSocket | undefined {
    const socket = handles.get(TCP_SOCKET, handle);
    return socket.state === CLOSED ? undefined : socket;
  }

  return {
    "[method]tcp-socket.start-bind"(handle: number, net: number, family: number, ...rest: number[]): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      handles.get(NETWORK, net);
      const address = lifted(family, rest);
      const at = caller.place(rest[FLAT_ADDRESS], RESULT_BYTE);
      return caller.finish(at, startBind(socket, address));
    },

    "[method]tcp-socket.finish-bind"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_BYTE);
      return caller.finish(at, socket.finishBind());
    },

    "[method]tcp-socket.start-connect"(handle: number, net: number, family: number, ...rest: number[]): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      handles.get(NETWORK, net);
      const address = lifted(family, rest);
      const at = caller.place(rest[FLAT_ADDRESS], RESULT_BYTE);
      return caller.finish(at, startConnect(socket, address));
    },

    "[method]tcp-socket.finish-connect"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_TWO_HANDLES);
      const code = socket.finishConnect();
      if (code !== OK) return caller.fail(at, RESULT_TWO_HANDLES, code);
      putStreams(socket, handle, at + RESULT_TWO_HANDLES.payload);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]tcp-socket.start-listen"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_BYTE);
      return caller.finish(at, inProgress(socket) ? ErrorCode["concurrency-conflict"] : socket.startListen());
    },

    "[method]tcp-socket.finish-listen"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_BYTE);
      return caller.finish(at, socket.finishListen());
    },

    "[method]tcp-socket.accept"(handle: number, result: number): undefined {
      const listener = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_THREE_HANDLES);
      const socket = listener.accept();
      if (typeof socket === "number") return caller.fail(at, RESULT_THREE_HANDLES, socket);
      const { payload } = RESULT_THREE_HANDLES;
      const accepted = handles.insert(TCP_SOCKET, socket);
      memory.words[(at + payload) >>> 2] = accepted;
      putStreams(socket, accepted, at + payload + HANDLE.size);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]tcp-socket.local-address"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_ADDRESS);
      const isNamed = socket.state >= BOUND && socket.state !== CLOSED;
      const address = isNamed ? driver.localAddress(socket.handle) : undefined;
      if (address === undefined) return caller.fail(at, RESULT_ADDRESS, ErrorCode["invalid-state"]);
      store(memory, at + RESULT_ADDRESS.payload, address);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]tcp-socket.remote-address"(handle: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_ADDRESS);
      const address = socket.state === CONNECTED ? driver.peerAddress(socket.handle) : undefined;
      if (address === undefined) return caller.fail(at, RESULT_ADDRESS, ErrorCode["invalid-state"]);
      store(memory, at + RESULT_ADDRESS.payload, address);
      memory.bytes[at] = SUCCEEDED;
    },

    "[method]tcp-socket.is-listening"(handle: number): number {
      return handles.get(TCP_SOCKET, handle).state === LISTENING ? 1 : 0;
    },

    "[method]tcp-socket.address-family"(handle: number): number {
      return handles.get(TCP_SOCKET, handle).family;
    },

    "[method]tcp-socket.set-listen-backlog-size"(handle: number, value: bigint, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      const at = caller.place(result, RESULT_BYTE);
      if (value === 0n) return caller.finish(at, ErrorCode["invalid-argument"]);
      return caller.finish(at, socket.setBacklog(intOf(value)));
    },

    "[method]tcp-socket.keep-alive-enabled"(handle: number, result: number): undefined {
      return options.u8(optioned(handle), KEEP_ALIVE, result);
    },

    /** 0 is an ordinary value: not-supported if the driver has no keep-alive. */
    "[method]tcp-socket.set-keep-alive-enabled"(handle: number, value: number, result: number): undefined {
      const socket = optioned(handle);
      const at = caller.place(result, RESULT_BYTE);
      if (socket === undefined) return caller.finish(at, ErrorCode["invalid-state"]);
      const error = socket.setOption(KEEP_ALIVE, value === 0 ? 0 : 1);
      return caller.finish(at, error < 0 ? codeOf(-error) : OK);
    },

    "[method]tcp-socket.keep-alive-idle-time"(handle: number, result: number): undefined {
      return options.u64(optioned(handle), KEEP_ALIVE_IDLE, SECOND, result);
    },

    "[method]tcp-socket.set-keep-alive-idle-time"(handle: number, value: bigint, result: number): undefined {
      return options.set(optioned(handle), KEEP_ALIVE_IDLE, secondsOf(value), result);
    },

    "[method]tcp-socket.keep-alive-interval"(handle: number, result: number): undefined {
      return options.u64(optioned(handle), KEEP_ALIVE_INTERVAL, SECOND, result);
    },

    "[method]tcp-socket.set-keep-alive-interval"(handle: number, value: bigint, result: number): undefined {
      return options.set(optioned(handle), KEEP_ALIVE_INTERVAL, secondsOf(value), result);
    },

    "[method]tcp-socket.keep-alive-count"(handle: number, result: number): undefined {
      return options.u32(optioned(handle), KEEP_ALIVE_COUNT, result);
    },

    "[method]tcp-socket.set-keep-alive-count"(handle: number, value: number, result: number): undefined {
      return options.set(optioned(handle), KEEP_ALIVE_COUNT, value >>> 0, result);
    },

    "[method]tcp-socket.hop-limit"(handle: number, result: number): undefined {
      return options.u8(optioned(handle), HOP_LIMIT, result);
    },

    "[method]tcp-socket.set-hop-limit"(handle: number, value: number, result: number): undefined {
      return options.set(optioned(handle), HOP_LIMIT, value & 0xff, result);
    },

    "[method]tcp-socket.receive-buffer-size"(handle: number, result: number): undefined {
      return options.u64(optioned(handle), RECEIVE_BUFFER, 1n, result);
    },

    "[method]tcp-socket.set-receive-buffer-size"(handle: number, value: bigint, result: number): undefined {
      return options.set(optioned(handle), RECEIVE_BUFFER, intOf(value), result);
    },

    "[method]tcp-socket.send-buffer-size"(handle: number, result: number): undefined {
      return options.u64(optioned(handle), SEND_BUFFER, 1n, result);
    },

    "[method]tcp-socket.set-send-buffer-size"(handle: number, value: bigint, result: number): undefined {
      return options.set(optioned(handle), SEND_BUFFER, intOf(value), result);
    },

    "[method]tcp-socket.subscribe"(handle: number): number {
      const { readiness } = handles.get(TCP_SOCKET, handle);
      return handles.insert(POLLABLE, new Pollable(readiness, SETTLED), handle);
    },

    "[method]tcp-socket.shutdown"(handle: number, type: number, result: number): undefined {
      const socket = handles.get(TCP_SOCKET, handle);
      caseOf(type, 3, "shutdown-type");
      const at = caller.place(result, RESULT_BYTE);
      return caller.finish(at, socket.shutdown(type));
    },
  };
}

function inProgress({ state }: TcpSocket): boolean {
  return state === BINDING || state === STARTING || state === CONNECTING;
}
