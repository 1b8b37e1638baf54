/** Numbers shared by WasmEdge's calls (thirdparty/wasi/api.hpp). */

/** `address_family`. */
export const INET4 = 1;
export const INET6 = 2;
export const UNIX = 3;

/** `sock_type`. */
export const DATAGRAM = 1;
export const STREAM = 2;

export const LARGEST_PORT = 65_535;
