/**
 * A socket address in linear memory, laid out as the canonical ABI lays out `wasi:sockets`' `ip-socket-address`: the calls of
 * WASI 0.2 and 0.3 take and return it as it is.
 *
 *      0        4      6             8           12                     28
 *      ┌────────┬──────┬─────────────┐
 *      │ INET4  │ port │ 4 bytes     │
 *      ├────────┼──────┼─────────────┼───────────┬──────────────────────┬──────────┐
 *      │ INET6  │ port │             │ flow (4)  │ 8 segments (u16)     │ scope (4)│
 *      └────────┴──────┴─────────────┴───────────┴──────────────────────┴──────────┘
 *
 * Numbers are little-endian, as all numbers in linear memory.
 */
export const INET4: u32 = 0;
export const INET6: u32 = 1;

export const SOCKET_ADDRESS_SIZE: i32 = 32;
/** Offsets. The family is one byte; the next three are unused. */
const PORT: usize = 4;
const INET4_BYTES: usize = 6;
const INET6_FLOW: usize = 8;
const INET6_SEGMENTS: usize = 12;
const INET6_SCOPE: usize = 28;

/** The number of arguments after the family and the port. */
const INET4_ARGUMENTS: u32 = 4;
const INET6_LAST_ARGUMENT: u32 = 9;

/** Begins an IPv4 address; its bytes are set later. */
export function beginIpv4(address: usize, port: u32): void {
  store<u32>(address, INET4);
  store<u16>(address, <u16>port, PORT);
}

/** Begins an IPv6 address without flow and scope; its segments are set later. */
export function beginIpv6(address: usize, port: u32): void {
  memory.fill(address, 0, SOCKET_ADDRESS_SIZE);
  store<u32>(address, INET6);
  store<u16>(address, <u16>port, PORT);
}

export function familyOf(address: usize): u32 {
  return load<u8>(address);
}

export function portOf(address: usize): u32 {
  return load<u16>(address, PORT);
}

/** The address of the four bytes of an IPv4 address. */
export function bytesOf(address: usize): usize {
  return address + INET4_BYTES;
}

/** The address of the eight numbers of an IPv6 address. */
export function segmentsOf(address: usize): usize {
  return address + INET6_SEGMENTS;
}

/** The `index`-th of the ten flat arguments behind family and port, 0 where the family has fewer. */
export function flatArgument(address: usize, index: u32): u32 {
  if (familyOf(address) == INET4) return index < INET4_ARGUMENTS ? load<u8>(address + INET4_BYTES + index) : 0;
  if (index == 0) return load<u32>(address, INET6_FLOW);
  if (index == INET6_LAST_ARGUMENT) return load<u32>(address, INET6_SCOPE);
  return load<u16>(segmentsOf(address) + ((<usize>index - 1) << 1));
}
