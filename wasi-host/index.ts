/**
 * A WASI host: `run` runs a program; `WasiHost` is for who wants the instance in hand.
 *
 * @module pollux/host
 */
export { formatAddress, parseAddress } from "./address.ts";
export type { Base } from "./bases/base.ts";
export type { BaseName } from "./bases/index.ts";
export type { Driver, EdgeQueue, MutableAddress, RecvFlags, SocketAddress } from "./drivers/driver.ts";
export { describeRefusal, type Refusal } from "./grants.ts";
export { WasiHost } from "./host.ts";
export type { Imports } from "./imports.ts";
export type { HostLimits, RunLimits } from "./limits.ts";
export { limitMemory } from "./memory-limit.ts";
export type { RunOptions, WasiHostOptions } from "./options.ts";
export { run } from "./running/run.ts";
export type { DriverEnd, Input, NodeOutput, Output, OutputStream } from "./stdio/streams.ts";
export { CallStatistics } from "./trace/statistics.ts";
export type { TraceOptions } from "./trace/tracer.ts";
