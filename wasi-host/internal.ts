/** The host's interface for the library, beside `index.ts`, on every platform. Not public. */

export { Errno } from "./abi/errno.ts";
export { isIPv4, isIPv6 } from "./addresses/ip-address.ts";
export { pollfds } from "./drivers/contract/pollfd.ts";
export { KEEP_ALIVE, NO_DELAY } from "./drivers/contract/socket-options.ts";
export { checkOptions, OutOfRangeError, shown } from "./errors/argument-error.ts";
export { SystemError } from "./errors/system-error.ts";
export type { Descriptor } from "./kernel/descriptors.ts";
export { Listener, Stream } from "./kernel/sockets.ts";
export { openDriver, resolver } from "./platform/index.ts";
export { instantiate } from "./running/instantiate.ts";
export { turn } from "./runtime/event-loop.ts";
export { NOTED, type Noted } from "./waiting/blocking.ts";
