/** Whether the results of transfers are such as their transfers can have. */
import {
  OP_RECV,
  OP_SEND,
  TRANSFER_BUFFER,
  TRANSFER_FD,
  TRANSFER_LENGTH,
  TRANSFER_OP,
  TRANSFER_RESULT,
  TRANSFER_SIZE,
} from "../../../assembly/memory/layout.ts";
import { MOST_TRANSFERS } from "../../../wasi-host/drivers/transfers.ts";
import type { Region } from "./outputs.ts";

/**
 * What is wrong with one of the array that a sock_recv with these arguments was given, or undefined. `before` and `after`: the
 * memory as it was, and as the call has left it. Where something else may have been written there is no result to judge.
 */
export function misjudged(
  args: readonly (number | bigint)[],
  before: DataView,
  after: DataView,
  isStream: (fd: number) => boolean,
): string | undefined {
  const [, vector, , , size, flags] = args.map((arg) => Number(arg) >>> 0);
  const start = before.getUint32(vector, true);
  const count = Math.min(Math.floor(before.getUint32(vector + 4, true) / TRANSFER_SIZE), MOST_TRANSFERS);
  const transfers = Array.from({ length: count }, (_, index) => {
    const at = start + index * TRANSFER_SIZE;
    const op = before.getUint32(at + TRANSFER_OP, true);
    const fd = before.getUint32(at + TRANSFER_FD, true);
    const buffer = before.getUint32(at + TRANSFER_BUFFER, true);
    const length = before.getUint32(at + TRANSFER_LENGTH, true);
    const possible = (op === OP_RECV || op === OP_SEND) && isStream(fd) && buffer + length <= before.byteLength;
    return { at, op, fd, buffer, length, possible };
  });
  const written: Region[] = [
    [size, 4],
    [flags, 2],
    ...transfers
      .filter(({ op, possible }) => possible && op === OP_RECV)
      .map(({ buffer, length }): Region => [buffer, length]),
  ];
  for (const { at, op, fd, buffer, length, possible } of transfers) {
    if (written.some((region) => overlap(region, [at + TRANSFER_RESULT, 4]))) continue;
    const result = after.getInt32(at + TRANSFER_RESULT, true);
    if (possible ? result > length : result >= 0)
      return `op ${op} on fd ${fd} of ${length} bytes at ${buffer} has the result ${result}`;
  }
  return undefined;
}

function overlap([one, oneLength]: Region, [other, otherLength]: Region): boolean {
  return one < other + otherLength && other < one + oneLength;
}
