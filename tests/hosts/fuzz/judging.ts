/** Whether results of the ready file's operations are possible. */
import {
  MAX_OPERATIONS,
  OP_ACCEPT,
  OP_LOOK,
  OP_RECV,
  OP_SEND,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../../assembly/abi/operation.ts";
import { ABI_VERSION } from "../../../assembly/abi/version.ts";
import { errnoName } from "../../../wasi-host/abi/errno.ts";
import type { Region } from "./outputs.ts";

const NAMES = ["nop", "recv", "send", "accept", "arm", "stop", "look", "version"] as const;
/** The operations of the ready file. */
export const OPERATIONS = NAMES.slice(1);

interface Operation {
  readonly at: number;
  readonly op: number;
  readonly fd: number;
  readonly buffer: number;
  readonly length: number;
}

/** The operations of the first buffer of an fd_write with these arguments. */
function operationsOf(args: readonly (number | bigint)[], memory: DataView): Operation[] {
  const vector = Number(args[1]) >>> 0;
  const start = memory.getUint32(vector, true);
  const count = Math.min(Math.floor(memory.getUint32(vector + 4, true) / OPERATION_SIZE), MAX_OPERATIONS);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * OPERATION_SIZE;
    return {
      at,
      op: memory.getUint32(at + OPERATION_OP, true),
      fd: memory.getUint32(at + OPERATION_FD, true),
      buffer: memory.getUint32(at + OPERATION_BUFFER, true),
      length: memory.getUint32(at + OPERATION_LENGTH, true),
    };
  });
}

/** Such as "recv ESUCCESS": the operation and its result. */
export function answersOf(args: readonly (number | bigint)[], before: DataView, after: DataView): string[] {
  return operationsOf(args, before)
    .filter(({ op }) => op < NAMES.length)
    .map(({ at, op }) => `${NAMES[op]} ${errnoName(Math.max(0, -after.getInt32(at + OPERATION_RESULT, true)))}`);
}

/**
 * The fault in an array that an fd_write with these arguments got, or undefined. `before` and `after`: the memory
 * before and after the call. An operation that may have been overwritten has no valid result.
 */
export function misjudged(
  args: readonly (number | bigint)[],
  before: DataView,
  after: DataView,
  isStream: (fd: number) => boolean,
): string | undefined {
  if (Number(args[2]) !== 1) return undefined;
  const operations = operationsOf(args, before);
  const holds = ({ buffer, length }: Operation) => buffer + length <= before.byteLength;
  // A descriptor accepted by the same call is a stream too.
  const accepts = operations.some(({ op }) => op === OP_ACCEPT);
  const moves = (each: Operation) =>
    (each.op === OP_RECV || each.op === OP_SEND) && (accepts || isStream(each.fd)) && holds(each);
  const written: Region[] = [
    [Number(args[3]) >>> 0, 4],
    ...operations
      .filter((each) => (each.op === OP_RECV && moves(each)) || (each.op === OP_LOOK && holds(each)))
      .map(({ buffer, length }): Region => [buffer, length]),
  ];
  for (const operation of operations) {
    const { at, op, fd, buffer, length } = operation;
    if (written.some((region) => overlap(region, [at, OPERATION_SIZE]))) continue;
    const result = after.getInt32(at + OPERATION_RESULT, true);
    let most = -1;
    if (moves(operation)) most = length;
    else if (op === OP_LOOK && holds(operation)) most = Math.floor(length / 8);
    else if (op === OP_ACCEPT) most = 0x7fff_ffff;
    else if (op > OP_ACCEPT && op < OP_LOOK) most = 0;
    else if (op === OP_VERSION) most = ABI_VERSION;
    if (result > most) return `op ${op} on fd ${fd} of ${length} bytes at ${buffer} has the result ${result}`;
  }
  return undefined;
}

function overlap([one, oneLength]: Region, [other, otherLength]: Region): boolean {
  return one < other + otherLength && other < one + oneLength;
}
