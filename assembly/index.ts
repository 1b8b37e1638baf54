/**
 * What a WASI program written in AssemblyScript imports.
 *
 *     import { create, ctl, wait, EPOLL_CTL_ADD, EPOLLIN } from "pollux/assembly";
 */
export * from "./loop/completions";
export * from "./loop/signals";
export {
  COMPLETION_DATA,
  COMPLETION_RESULT,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  OP_ACCEPT,
  OP_NOP,
  OP_RECV,
  OP_SEND,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
  TRANSFER_BUFFER,
  TRANSFER_FD,
  TRANSFER_LENGTH,
  TRANSFER_OP,
  TRANSFER_RESULT,
  TRANSFER_SIZE,
} from "./memory/layout";
export * from "./net/connection";
export * from "./net/listener";
export { close, recv, send, shutdown } from "./net/stream";
export * from "./net/transfers";
export { close as closeEpoll, create, ctl, wait } from "./readiness/epoll";
export * from "./readiness/events";
export { poll } from "./readiness/poll";
export { FD_SETSIZE, select, setLimit as setFdSetSize } from "./readiness/select";
export { EpollSelector, EpollSelector as DefaultSelector } from "./readiness/selectors/epoll-selector";
export * from "./readiness/selectors/key";
export { PollSelector } from "./readiness/selectors/poll-selector";
export { SelectSelector } from "./readiness/selectors/select-selector";
export { KeyMap, Selector } from "./readiness/selectors/selector";
export { capabilities, EXACT_EDGES, HANGUPS, rearm } from "./readiness/source";
export * from "./sys/errno";
