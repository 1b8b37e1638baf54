/** Lists of transfers whose bytes are anywhere in 4 GiB. An address has two halves, and the lower one overflows at one of the places. */
import { afterAll, expect, it } from "vitest";
import { RECEIVES, SENDS } from "../../../../../wasi-host/drivers/contract/transfers.ts";
import { PosixDriver } from "../../../../../wasi-host/drivers/posix/index.ts";

const GIB = 2 ** 30;
const LENGTH = 8;

const driver = new PosixDriver();
afterAll(() => driver.dispose());

it.runIf(driver.batches !== undefined)("sends from and receives into each part of 4 GiB", () => {
  const memory = new Uint8Array(new ArrayBuffer(4 * GIB - 1));
  const [one, other] = driver.socketPair();
  for (let offset = 0; offset < memory.length - 2 * LENGTH; offset += GIB / 4) {
    const sent = Buffer.from(`at ${(offset / GIB).toFixed(2)}!`.slice(0, LENGTH));
    memory.set(sent, offset);
    const [from, to] = [offset | 0, (offset + LENGTH) | 0];
    const list = Int32Array.of(one, from, sent.length, SENDS, other, to, sent.length, RECEIVES);
    driver.batches!.transfer(list, 2, memory);
    expect([list[3], list[7]]).toEqual([sent.length, sent.length]);
    expect(Buffer.from(memory.subarray(offset + LENGTH, offset + LENGTH + sent.length))).toEqual(sent);
  }
});
