/** The places that a call may write to: by its signature and arguments. */
import {
  MAX_OPERATIONS,
  OP_LOOK,
  OP_RECV,
  OPERATION_BUFFER,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../../assembly/abi/operation.ts";
import { READY_FILE, SUBSCRIPTION_POLLFDS, SUBSCRIPTION_WAKEUPS } from "../../../assembly/abi/ready-file.ts";
import { SUBSCRIPTION_FD, SUBSCRIPTION_SIZE } from "../../../assembly/abi/wasi.ts";
import { type Kind, PREVIEW1, type Signature, WASMEDGE } from "../../../wasi-host/trace/signatures.ts";

/** A piece of memory. */
export type Region = readonly [start: number, length: number];

const SIZES: Partial<Record<Kind, number>> = {
  "result-fd": 4,
  "result-u16": 2,
  "result-u32": 4,
  "result-u64": 8,
  "result-fdstat": 24,
  "result-filestat": 64,
  "result-prestat": 8,
  "result-pointers": 64,
};
const MAX_IOVECS = 1024;

export function signatureFor(call: string, parameters: number): Signature {
  const known: readonly Signature[] = [
    ...(call in PREVIEW1 ? [PREVIEW1[call as keyof typeof PREVIEW1]] : []),
    ...(WASMEDGE[call as keyof typeof WASMEDGE] ?? []),
  ];
  return known.find((signature) => Object.keys(signature).length === parameters)!;
}

/** `memory`: before the call. `ready`: the call is on the ready file. */
export function outputsOf(
  call: string,
  args: readonly (number | bigint)[],
  memory: DataView,
  ready: boolean,
): Region[] {
  const submits = ready && call === "fd_write";
  const kinds = Object.values(signatureFor(call, args.length)) as Kind[];
  return kinds.flatMap((kind, index): Region[] => {
    const at = Number(args[index]) >>> 0;
    const next = Number(args[index + 1] ?? 0) >>> 0;
    if (kind === "iovecs") return iovecs(at, next, memory);
    if (kind === "ciovecs" && submits) return answered(iovecs(at, next, memory), memory);
    if (kind === "events") return [[at, next * 32], ...slept(Number(args[index - 1]) >>> 0, next, memory)];
    if (kind === "buffer") return [[at, next]];
    if (kind === "result-address") return iovecs(at, 1, memory);
    if (call === "random_get" && index === 0) return [[at, next]];
    if (call === "sock_getaddrinfo" && index === 5) return list(at, memory);
    if (call.startsWith("sock_getsockopt") && index === 3) return [[at, optionSize(Number(args[1]), Number(args[2]))]];
    if (call.startsWith("sock_getsockopt") && index === 4) return [[at, 4]];
    return kind in SIZES ? [[at, SIZES[kind]!]] : [];
  });
}

/** Of subscriptions to the ready file: the buffer for wakeups, and the array of a sleep. */
function slept(subscriptions: number, count: number, memory: DataView): Region[] {
  const regions: Region[] = [];
  const end = Math.min(subscriptions + count * SUBSCRIPTION_SIZE, memory.byteLength - SUBSCRIPTION_SIZE + 1);
  for (let at = subscriptions; at < end; at += SUBSCRIPTION_SIZE) {
    if (memory.getUint32(at + SUBSCRIPTION_FD, true) !== READY_FILE) continue;
    for (const field of [SUBSCRIPTION_WAKEUPS, SUBSCRIPTION_POLLFDS]) {
      regions.push([memory.getUint32(at + field, true), memory.getUint32(at + field + 4, true)]);
    }
  }
  return regions;
}

/** Bytes of a socket option's value: of SOL_SOCKET, SO_LINGER's is a pair of ints and a time-out's a timeval of 64-bit numbers. */
function optionSize(level: number, name: number): number {
  if (level !== 0) return 4;
  if (name === 9) return 8;
  return name === 11 || name === 12 ? 16 : 4;
}

/** sock_getaddrinfo's results, at most two: addrinfo, sockaddr and data of each. */
function list(at: number, memory: DataView): Region[] {
  const regions: Region[] = [];
  const holds = (start: number, length: number) => start + length <= memory.byteLength;
  let info = holds(at, 4) ? memory.getUint32(at, true) : memory.byteLength;
  for (let count = 0; count < 2 && holds(info, 28); count++) {
    const sockaddr = memory.getUint32(info + 12, true);
    regions.push([info, 24], [sockaddr, 8]);
    if (holds(sockaddr, 12)) regions.push([memory.getUint32(sockaddr + 8, true), 26]);
    info = memory.getUint32(info + 24, true);
  }
  return regions;
}

function iovecs(at: number, count: number, memory: DataView): Region[] {
  const regions: Region[] = [];
  for (let index = 0; index < Math.min(count, MAX_IOVECS) && at + index * 8 + 8 <= memory.byteLength; index++) {
    regions.push([memory.getUint32(at + index * 8, true), memory.getUint32(at + index * 8 + 4, true)]);
  }
  return regions;
}

/**
 * For arrays of operations: each one's result, and the buffer of each that receives or looks. Nothing else is written.
 */
function answered(arrays: readonly Region[], memory: DataView): Region[] {
  const regions: Region[] = [];
  for (const [start, length] of arrays) {
    if (start + length > memory.byteLength) continue;
    const count = Math.min(Math.floor(length / OPERATION_SIZE), MAX_OPERATIONS);
    for (let at = start, end = at + count * OPERATION_SIZE; at < end; at += OPERATION_SIZE) {
      regions.push([at + OPERATION_RESULT, 4]);
      const op = memory.getUint32(at + OPERATION_OP, true);
      if (op !== OP_RECV && op !== OP_LOOK) continue;
      regions.push([memory.getUint32(at + OPERATION_BUFFER, true), memory.getUint32(at + OPERATION_LENGTH, true)]);
    }
  }
  return regions;
}

/** The first difference outside the regions; -1 if there is none. */
export function changeOutside(before: Buffer, after: Buffer, regions: readonly Region[]): number {
  const behind: Region = [before.length, 0];
  let from = 0;
  for (const [start, length] of [...regions, behind].sort(([one], [other]) => one - other)) {
    const to = Math.min(start, before.length);
    if (from < to && before.compare(after, from, to, from, to) !== 0) {
      return from + before.subarray(from, to).findIndex((byte, at) => byte !== after[from + at]);
    }
    from = Math.max(from, start + length);
  }
  return -1;
}
