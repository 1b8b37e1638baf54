/**
 * The system: the one place above which nothing knows what host it runs on. There is one import set so far, and beside it
 * WasmEdge's extension, for connections that the program makes; another set is another file with these same functions, and
 * a compile-time constant here chooses. What a program does not use is never emitted.
 */
export {
  accept,
  args,
  argumentCount,
  close,
  exit,
  isOpen,
  isPollable,
  now,
  poll,
  read,
  readyFile,
  recv,
  send,
  setNonblocking,
  shutdown,
  write,
} from "./wasip1";
export { connect, localAddress, peerAddress, takeError } from "./wasmedge";
