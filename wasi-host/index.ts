/**
 * A WASI host: `run` runs a program; `WasiHost` gives the instance to the caller.
 *
 * @module pollux/host
 */

export type { Imports } from "./abi/imports.ts";
export { formatAddress, parseAddress } from "./addresses/address.ts";
export type { MutableAddress, SocketAddress } from "./addresses/socket-address.ts";
export type {
  Adoption,
  Batches,
  BoundStreams,
  Datagrams,
  DeferredListening,
  Inheritance,
  RecvFlags,
  SocketOptions,
  UnixPaths,
} from "./drivers/contract/capabilities.ts";
export type { Driver, EdgeQueue } from "./drivers/contract/driver.ts";
export type { IoVector } from "./drivers/contract/io-vector.ts";
export { ArgumentError, DisposedError } from "./errors/argument-error.ts";
export type { Base, GrantedDirectory } from "./files/contract/base.ts";
export type { BaseName } from "./files/contract/base-names.ts";
export { describeRefusal, type Refusal } from "./kernel/grants.ts";
export type { HostLimits, RunLimits } from "./kernel/limits.ts";
export { describeMissingListener } from "./kernel/missing-listener.ts";
export type { RunOptions, WasiHostOptions } from "./options/options.ts";
export { WasiHost } from "./running/host.ts";
export { limitMemory } from "./running/memory-limit.ts";
export { run } from "./running/run.ts";
export type { DriverEnd, Input, NodeOutput, Output, OutputStream } from "./stdio/streams.ts";
export { CallStatistics } from "./trace/statistics.ts";
export type { TraceOptions } from "./trace/tracer.ts";
