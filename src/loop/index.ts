/**
 * The event loop: timers, callbacks, wakers and signals; streams, datagrams and names on it. Times are milliseconds.
 *
 * @module pollux/loop
 */

export { type ConnectOptions, connect } from "./connect.ts";
export { type Datagram, type UdpOptions, UdpSocket } from "./datagrams.ts";
export { StateError } from "./errors.ts";
export { Hook } from "./hooks.ts";
export { type ListenOptions, TcpListener } from "./listener.ts";
export { LookupError, type LookupOptions, lookup } from "./lookup.ts";
export { defaultLoop, Loop, type LoopOptions } from "./loop.ts";
export { type ConnectionHandler, type ServeOptions, Server, serve } from "./serve.ts";
export type { SignalName } from "./signals.ts";
export { type StreamHandler, type StreamOptions, TcpStream } from "./stream.ts";
export { Timer } from "./timer-wheel.ts";
export type { TimedOptions } from "./wait.ts";
export { Waker, wake } from "./waker.ts";
