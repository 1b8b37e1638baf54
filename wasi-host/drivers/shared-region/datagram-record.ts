/**
 * A datagram in a ring: whom it comes from or goes to, and its bytes.
 *
 *     ┌────────┬──────┬─────────────┬────────────┬─────────┐
 *     │ length │ port │ host length │ host, 64   │ bytes   │
 *     └────────┴──────┴─────────────┴────────────┴─────────┘
 */
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";
import type { ByteRing } from "./byte-ring.ts";

const HOST = 12;
/** The longest host: an IPv6 address of 39 characters, and a zone of 16. */
const MAX_HOST = 64;
const HEADER = HOST + MAX_HOST;

/** For the connected peer: no address. */
export const TO_PEER: SocketAddress = { host: "", port: -1 };

const header = new Uint8Array(HEADER);
const view = new DataView(header.buffer);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns false if there is no room. */
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

/** The length of the oldest record, with its address in `address`; -1 if there is none. */
export function lookAtDatagram(ring: ByteRing, address?: MutableAddress): number {
  if (ring.peek(header, 0, HEADER) < HEADER) return -1;
  if (address !== undefined) {
    address.host = decoder.decode(header.subarray(HOST, HOST + view.getUint32(8, true)));
    address.port = view.getInt32(4, true);
  }
  return view.getUint32(0, true);
}

/** Copies up to `room` bytes of the oldest record, which stays. */
export function peekDatagram(ring: ByteRing, bytes: Uint8Array, offset: number, room: number): void {
  ring.peek(bytes, offset, room, HEADER);
}

/** Drops the oldest record, which has this length. */
export function dropDatagram(ring: ByteRing, length: number): void {
  ring.drop(HEADER + length);
}
