/// <reference path="./compiler-constants.d.ts" />
/**
 * The host that a program is compiled for. These are compile-time constants, so the imports of other hosts are never
 * emitted.
 */
export const IS_WASIP2: bool = isDefined(POLLUX_WASIP2);
export const IS_WASIP3: bool = isDefined(POLLUX_WASIP3);
