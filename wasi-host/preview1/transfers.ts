/**
 * Transfers: what the ready file does when it is received from (sock_recv without flags, one buffer). The buffer is an array
 * of them, in the guest's memory (assembly/memory/layout.ts): each is a sock_recv or sock_send of one buffer that never
 * sleeps, and its result is written beside it.
 *
 * Many in one call spare what a call costs: a guest that serves all connections that a wait has reported makes two calls
 * for them, and not two for each.
 */
import {
  OP_RECV,
  OP_SEND,
  TRANSFER_BUFFER,
  TRANSFER_FD,
  TRANSFER_LENGTH,
  TRANSFER_OP,
  TRANSFER_RESULT,
  TRANSFER_SIZE,
} from "../../assembly/memory/layout.ts";
import type { Descriptor } from "../descriptors.ts";
import { MOST_TRANSFERS, RECEIVES, SENDS, TRANSFER_WORDS, transferOne } from "../drivers/transfers.ts";
import { Errno } from "../errno.ts";
import { isSocket } from "../socket-kinds.ts";
import { Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";

const OP = TRANSFER_OP / 4;
const FD = TRANSFER_FD / 4;
const BUFFER = TRANSFER_BUFFER / 4;
const LENGTH = TRANSFER_LENGTH / 4;
const RESULT = TRANSFER_RESULT / 4;
const SIZE = TRANSFER_SIZE / 4;
/** As sock_recv's: the result has 31 bits. */
const MOST_BYTES = 0x7fff_ffff;

/** What the driver is told: all that was checked, once. Nothing of it outlives the call. */
const list = new Int32Array(MOST_TRANSFERS * TRANSFER_WORDS);

/**
 * Makes the transfers in `length` bytes at `at`, which the memory holds, in their order; more than 64 are left for the next
 * call. Returns how many bytes of the array were made, -EINVAL for less than one of them, or an odd address.
 */
export function transferAll(host: HostState, at: number, length: number): number {
  const { driver, memory } = host;
  const count = Math.min(Math.floor(length / TRANSFER_SIZE), MOST_TRANSFERS);
  if (count === 0 || (at & 3) !== 0) return -Errno.INVAL;
  const { bytes, words } = memory;
  const first = at >>> 2;
  for (let word = first, entry = 0; entry < count * TRANSFER_WORDS; word += SIZE, entry += TRANSFER_WORDS) {
    const op = words[word + OP];
    const buffer = words[word + BUFFER] >>> 0;
    const size = words[word + LENGTH] >>> 0;
    const stream = host.descriptors.get(words[word + FD] >>> 0);
    const refused = refusal(stream) || (memory.holds(buffer, size) ? checked(op, size) : Errno.FAULT);
    list[entry] = refused === 0 ? stream!.handle : -1;
    list[entry + 1] = buffer;
    list[entry + 2] = size;
    list[entry + 3] = refused === 0 ? (op === OP_RECV ? RECEIVES : SENDS) : -refused;
  }
  if (driver.transfer !== undefined) driver.transfer(list, count, bytes);
  else for (let index = 0; index < count; index++) transferOne(driver, list, index, bytes);
  for (let word = first, entry = 0; entry < count * TRANSFER_WORDS; word += SIZE, entry += TRANSFER_WORDS) {
    words[word + RESULT] = list[entry + 3];
  }
  return count * TRANSFER_SIZE;
}

/** 0 for a stream. An errno as sock_recv's for what is none. */
function refusal(descriptor: Descriptor | undefined): number {
  if (descriptor instanceof Stream) return 0;
  if (descriptor === undefined) return Errno.BADF;
  return isSocket(descriptor) ? Errno.NOTCONN : Errno.NOTSOCK;
}

function checked(op: number, size: number): number {
  return (op === OP_RECV || op === OP_SEND) && size <= MOST_BYTES ? 0 : Errno.INVAL;
}
