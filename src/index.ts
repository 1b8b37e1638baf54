/**
 * The library: select, poll, epoll and selectors over sockets. Times are milliseconds; errors are `SystemError`s.
 *
 * @module pollux
 */

export {
  ArgumentError,
  DisposedError,
  type Driver,
  type EdgeQueue,
  type IoVector,
  type MutableAddress,
  type RecvFlags,
  type SocketAddress,
} from "../wasi-host/index.ts";
export { SystemError } from "../wasi-host/internal.ts";
export type { CoreExports } from "./abi.ts";
export * from "./constants.ts";
export { type Capabilities, Core, type CoreOptions } from "./core.ts";
export { Epoll, EpollEvents } from "./epoll.ts";
export { setFdSetSize } from "./fd-sets.ts";
export type { Fileno } from "./fileno.ts";
export { Poll } from "./poll.ts";
export { type SelectReady, select, selectSync } from "./select.ts";
export * from "./selectors/index.ts";
export { AGAIN, Socket } from "./socket.ts";
export type { WaitOptions } from "./timeout.ts";
