/** Options by getsockopt(2) and setsockopt(2), with Linux's numbers. */
import { Errno } from "../../abi/errno.ts";
import {
  BROADCAST,
  HOP_LIMIT,
  KEEP_ALIVE,
  KEEP_ALIVE_COUNT,
  KEEP_ALIVE_IDLE,
  KEEP_ALIVE_INTERVAL,
  MAX_BUFFER,
  NO_DELAY,
  RECEIVE_BUFFER,
  RESET_ON_CLOSE,
  SEND_BUFFER,
} from "../contract/socket-options.ts";
import { failure, libc, NativeBuffer } from "./libc.ts";

const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;

/** Linux's level and name for each of the drivers' numbers. */
const OPTIONS: Readonly<Record<number, readonly [level: number, name: number]>> = {
  [NO_DELAY]: [IPPROTO_TCP, 1],
  [KEEP_ALIVE]: [SOL_SOCKET, 9],
  [RESET_ON_CLOSE]: [SOL_SOCKET, 13],
  [BROADCAST]: [SOL_SOCKET, 6],
  [RECEIVE_BUFFER]: [SOL_SOCKET, 8],
  [SEND_BUFFER]: [SOL_SOCKET, 7],
  [KEEP_ALIVE_IDLE]: [IPPROTO_TCP, 4],
  [KEEP_ALIVE_INTERVAL]: [IPPROTO_TCP, 5],
  [KEEP_ALIVE_COUNT]: [IPPROTO_TCP, 6],
  [HOP_LIMIT]: [IPPROTO_IP, 2],
};

/** An int, or `struct linger`: on or off, and seconds. After it the length of the read value. */
const INT = 4;
const LINGER = 8;
const value = new NativeBuffer(LINGER + 4);
const valueBytes = new Uint8Array(value.buffer);
const lengthBytes = valueBytes.subarray(LINGER);

/** IPV6_V6ONLY, before a bind. */
export function setIpv6Only(fd: number): void {
  value.view.setInt32(0, 1, true);
  libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, valueBytes, INT);
}

/** The value, or a negated errno. */
export function readOption(fd: number, option: number): number {
  const [level, name] = OPTIONS[option];
  if (option === HOP_LIMIT && read(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS)) return value.view.getInt32(0, true);
  if (!read(fd, level, name)) return refusal();
  return value.view.getInt32(0, true);
}

function read(fd: number, level: number, name: number): boolean {
  value.view.setInt32(LINGER, LINGER, true);
  return libc.getsockopt(fd, level, name, valueBytes, lengthBytes) === 0;
}

/**
 * 0, or a negated errno. The kernel limits buffers too (net.core.rmem_max, wmem_max), but these limits may have been
 * raised.
 */
export function writeOption(fd: number, option: number, wanted: number): number {
  const [level, name] = OPTIONS[option];
  const isBuffer = option === RECEIVE_BUFFER || option === SEND_BUFFER;
  value.view.setInt32(0, isBuffer ? Math.min(wanted >>> 0, MAX_BUFFER) : wanted, true);
  value.view.setInt32(4, 0, true);
  const length = option === RESET_ON_CLOSE ? LINGER : INT;
  // IPv6 sockets have their own option, which IPv4 sockets lack.
  if (option === HOP_LIMIT && libc.setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, valueBytes, INT) === 0) return 0;
  return libc.setsockopt(fd, level, name, valueBytes, length) < 0 ? refusal() : 0;
}

/** A TCP option on another socket is EOPNOTSUPP or ENOPROTOOPT, depending on its family. */
function refusal(): number {
  const error = failure();
  return error === -Errno.NOPROTOOPT ? -Errno.NOTSUP : error;
}
