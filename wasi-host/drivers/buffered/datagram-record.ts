/**
 * A datagram in a ring: whom it comes from or goes to, and its bytes.
 *
 *     ┌────────┬──────┬─────────────┬────────────┬─────────┐
 *     │ length │ port │ host length │ host, 48   │ bytes   │
 *     └────────┴──────┴─────────────┴────────────┴─────────┘
 */
import type { MutableAddress, SocketAddress } from "../driver.ts";
import type { ByteRing } from "./byte-ring.ts";

const HOST = 12;
/** Of an address of IPv6 with the name of its zone. */
const LONGEST_HOST = 48;
const HEADER = HOST + LONGEST_HOST;

/** For the peer that the socket has: no address. */
export const TO_PEER: SocketAddress = { host: "", port: -1 };

const header = new Uint8Array(HEADER);
const view = new DataView(header.buffer);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** False where there is no room. */
export function putDatagram(
  ring: ByteRing,
  { host, port }: SocketAddress,
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean {
  view.setUint32(0, length, true);
  view.setInt32(4, port, true);
  view.setUint32(8, encoder.encodeInto(host, header.subarray(HOST)).written, true);
  return ring.pushBoth(header, bytes, offset, length);
}

/** The length of the oldest one, and its address in `address`; -1: none is there. */
export function lookAtDatagram(ring: ByteRing, address?: MutableAddress): number {
  if (ring.peek(header, 0, HEADER) < HEADER) return -1;
  if (address !== undefined) {
    address.host = decoder.decode(header.subarray(HOST, HOST + view.getUint32(8, true)));
    address.port = view.getInt32(4, true);
  }
  return view.getUint32(0, true);
}

/** Up to `room` bytes of the oldest one, which stays. */
export function peekDatagram(ring: ByteRing, bytes: Uint8Array, offset: number, room: number): void {
  ring.peek(bytes, offset, room, HEADER);
}

/** The oldest one, whose length is given, goes. */
export function dropDatagram(ring: ByteRing, length: number): void {
  ring.drop(HEADER + length);
}
