/** Defined by `asc --use POLLUX_WASIP2=1` for programs that become WASI 0.2 components; not at all for preview1. */
declare const POLLUX_WASIP2: i32;
/** The same for WASI 0.3. */
declare const POLLUX_WASIP3: i32;
