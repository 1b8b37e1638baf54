/**
 * The host's interface for the command and the benchmarks, beside `index.ts`: for Node only, and not public. Without `WasiHost`, so that
 * the command loads the host of modules only for a module.
 */

export { formatAddress } from "./addresses/address.ts";
export type { LinkingTimes } from "./components/linker.ts";
export { driverName } from "./drivers/index.ts";
export { call, numbers } from "./drivers/posix/call-list.ts";
export { PosixDriver } from "./drivers/posix/index.ts";
export { libc, NativeBuffer } from "./drivers/posix/libc.ts";
export { createTable } from "./drivers/posix/open-descriptors.ts";
export { poll } from "./drivers/posix/poll.ts";
export { ArgumentError } from "./errors/argument-error.ts";
export { SystemError } from "./errors/system-error.ts";
export { describeRefusal, type Refusal } from "./kernel/grants.ts";
export { DEFAULT_STACK, MAX_STACK, MIN_BUFFERED, MIN_STACK } from "./kernel/limits.ts";
export { describeMissingListener } from "./kernel/missing-listener.ts";
export type { SignalGrant } from "./kernel/signals.ts";
export { openComponentNetwork } from "./running/component-network.ts";
export { execute } from "./running/execution.ts";
export type { Network } from "./running/network.ts";
export { compile, isComponent } from "./running/program.ts";
export { turn } from "./runtime/event-loop.ts";
export { startThread } from "./runtime/threads.ts";
export type { Story } from "./story/story.ts";
export { onFirstSleep } from "./waiting/first-sleep.ts";
export { type GuestEnd, openEnd } from "./worker/channels.ts";
export { openChannels } from "./worker/opening-channels.ts";
export { fixedStack, withStack } from "./worker/thread-stack.ts";
