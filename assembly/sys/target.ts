/// <reference path="./compiler-constants.d.ts" />
/** The host that a program is compiled for: a constant of the compiler, so that the other's imports are never emitted. */
export const IS_WASIP2: bool = isDefined(POLLUX_WASIP2);
