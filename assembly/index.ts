/**
 * What a WASI program written in AssemblyScript imports.
 *
 *     import { create, ctl, wait, EPOLL_CTL_ADD, EPOLLIN } from "pollux/assembly";
 *
 * An `asconfig.json` that extends `node_modules/pollux/assembly/asconfig.json` makes top-level code a program, and lets
 * AssemblyScript's own names work in it: `console`, `process`, `Date`, `performance`, `crypto`, `Math.random`, `trace`, `assert`.
 *
 * @module pollux/assembly
 */
export * from "./loop/completions";
export { connectTcp } from "./loop/connect-tcp";
export { Hook } from "./loop/hooks";
export { defaultLoop, Loop } from "./loop/loop";
export { ListenerHandler, TcpListener } from "./loop/tcp-listener";
export { StreamHandler, TcpStream } from "./loop/tcp-stream";
export { Callback, Timer } from "./loop/timers";
export { DatagramHandler, UdpSocket } from "./loop/udp-socket";
export { Waker } from "./loop/waker";
export * from "./loop/signals";
export {
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
} from "./abi/epoll";
export {
  OP_ACCEPT,
  OP_NOP,
  OP_RECV,
  OP_SEND,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "./abi/operation";
export { COMPLETION_DATA, COMPLETION_RESULT } from "./abi/ring";
export * from "./net/batch";
export * from "./net/connection";
export * from "./net/datagrams";
export { accept, inherited, listenArgument } from "./net/listener";
export { close, read, recv, send, setKeepAlive, setNoDelay, shutdown, standardInput } from "./net/stream";
export { close as closeEpoll, create, ctl, isCurrent, lastDelivery, wait } from "./readiness/epoll";
export { EpollEvents } from "./readiness/epoll-events";
export * from "./abi/events";
export { poll } from "./readiness/poll";
export { PollFds } from "./readiness/poll-fds";
export { select, setLimit as setFdSetSize, watchBeside } from "./readiness/select";
export { SelectedLists, selectLists } from "./readiness/select-lists";
export { FD_SETSIZE } from "./abi/select";
export { EpollSelector, EpollSelector as DefaultSelector } from "./readiness/selectors/epoll-selector";
export * from "./readiness/selectors/key";
export { PollSelector } from "./readiness/selectors/poll-selector";
export { SelectSelector } from "./readiness/selectors/select-selector";
export { KeyMap, Selector } from "./readiness/selectors/selector";
export { monotonicTime, wallTime } from "./standard/clock";
export { errorCode } from "./standard/error-code";
export { print, printError } from "./standard/output";
export { args, env, exit } from "./standard/process";
export { randomBits, randomBytes } from "./standard/random";
export { capabilities, EDGES_BEHIND_READ_DATA, EXACT_EDGES, HANGUPS, rearm } from "./sources/source";
export * from "./abi/errno";
