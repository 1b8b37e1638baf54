/// <reference path="./compiler-constants.d.ts" />
/** The host that a program is compiled for: constants of the compiler, so that the others' imports are never emitted. */
export const IS_WASIP2: bool = isDefined(POLLUX_WASIP2);
export const IS_WASIP3: bool = isDefined(POLLUX_WASIP3);
