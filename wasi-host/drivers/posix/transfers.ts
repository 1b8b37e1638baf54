/** Lists of transfers: recv(2) and send(2), all with one call of native code (`call-list.ts`). */
import { Errno } from "../../abi/errno.ts";
import type { Driver } from "../contract/driver.ts";
import { SENDS, TRANSFER_WORDS, transferOne } from "../contract/transfers.ts";
import { makeCalls, numbers, put, resultAt } from "./call-list.ts";
import { MSG_NOSIGNAL } from "./message-flags.ts";

/** Makes the first `count` transfers of `list`, at most MAX_TRANSFERS. `base`: the address of `bytes`. */
export function transferAll(driver: Driver, list: Int32Array, count: number, bytes: Uint8Array, base: number): void {
  const { recvfrom, sendto } = numbers;
  const low = base | 0;
  const high = (base / 0x1_0000_0000) | 0;
  let calls = 0;
  for (let index = 0, entry = 0; index < count; index++, entry += TRANSFER_WORDS) {
    if (!asksSocket(list, entry)) continue;
    const address = (low + list[entry + 1]) | 0;
    const carry = address >>> 0 < low >>> 0 ? 1 : 0;
    const sends = list[entry + 3] === SENDS;
    put(
      calls++,
      sends ? sendto : recvfrom,
      list[entry],
      address,
      high + carry,
      list[entry + 2],
      sends ? MSG_NOSIGNAL : 0,
    );
  }
  makeCalls(calls);
  // The single transfer of a pipe or file uses the first place of the list again. Its result has been read by then.
  for (let index = 0, entry = 0, place = 0; index < count; index++, entry += TRANSFER_WORDS) {
    const result = asksSocket(list, entry) ? resultAt(place++) : -Errno.NOTSOCK;
    if (result === -Errno.NOTSOCK) transferOne(driver, list, index, bytes);
    else list[entry + 3] = result;
  }
}

/** Whether the transfer needs a call: it has a handle, and bytes. */
function asksSocket(list: Int32Array, entry: number): boolean {
  return list[entry] >= 0 && list[entry + 2] !== 0;
}
