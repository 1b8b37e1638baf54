/**
 * sendmsg(2) and recvmsg(2) with many buffers: `struct msghdr` and its `struct iovec` array, 64-bit Linux. Results are counts, or negated
 * WASI errnos.
 *
 * The kernel gets the buffers in place. From the second buffer on, copying them into one buffer costs more: each copy
 * is a V8 call, and an iovec is four stores.
 */
import type { IoVector } from "../contract/io-vector.ts";
import { MAX_BUFFERS } from "../contract/io-vector.ts";
import { call, numbers } from "./call-list.ts";
import { libc, NativeBuffer, orFailure } from "./libc.ts";

/** struct msghdr: name, name length, iovecs, their count, control, its length, flags; in 32-bit words. */
const MSGHDR_BYTES = 56;
const MSGHDR_IOV = 4;
const MSGHDR_IOVLEN = 6;
/** struct iovec, in 32-bit words: address, length. */
const IOVEC_WORDS = 4;

const iovecs = new NativeBuffer(MAX_BUFFERS * IOVEC_WORDS * 4);
const iovecWords = new Int32Array(iovecs.buffer);
const header = new NativeBuffer(MSGHDR_BYTES);
const headerWords = new Int32Array(header.buffer);
header.view.setBigUint64(MSGHDR_IOV * 4, BigInt(iovecs.address), true);

/** `base`: the address of the vector's byte array. */
function fill(vector: IoVector, base: number): number {
  const { pairs, first, end } = vector;
  let word = 0;
  for (let at = first; at < end; at += 2, word += IOVEC_WORDS) {
    const address = base + pairs[at];
    iovecWords[word] = address;
    iovecWords[word + 1] = address / 0x1_0000_0000;
    iovecWords[word + 2] = pairs[at + 1];
    iovecWords[word + 3] = 0;
  }
  return word / IOVEC_WORDS;
}

/** sendmsg(2). */
export function sendMessage(fd: number, vector: IoVector, base: number, flags: number): number {
  headerWords[MSGHDR_IOVLEN] = fill(vector, base);
  return call(numbers.sendmsg, fd, header.address, flags, 0);
}

/** recvmsg(2). */
export function receiveMessage(fd: number, vector: IoVector, base: number, flags: number): number {
  headerWords[MSGHDR_IOVLEN] = fill(vector, base);
  return call(numbers.recvmsg, fd, header.address, flags, 0);
}

/** writev(2), for descriptors that are not sockets. */
export function writeBuffers(fd: number, vector: IoVector, base: number): number {
  return orFailure(libc.writev(fd, iovecs.address, fill(vector, base)));
}

/** readv(2), for descriptors that are not sockets. */
export function readBuffers(fd: number, vector: IoVector, base: number): number {
  return orFailure(libc.readv(fd, iovecs.address, fill(vector, base)));
}
