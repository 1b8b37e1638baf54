/**
 * Addresses in the guest's memory, as WasmEdge's calls have them: a pointer to `{u32 buffer, u32 length}`.
 *
 *      length 4     IPv4's bytes
 *      length 16    IPv6's bytes; as a result also IPv4's in the first four, with the family told beside it
 *      length 128   u16 family, then the bytes          WasmEdge, `WasiAddrStorage`
 *                   1: IPv4, 2: IPv6, 3: the path of a Unix socket, up to the first NUL; its port is 0
 *
 * None of them has the zone of a link-local address (struct sockaddr_in6's scope id).
 */

import { Errno } from "../../abi/errno.ts";
import { ipBytes, ipText } from "../../addresses/ip-address.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import type { Family, IpFamily } from "../../kernel/sockets.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";
import { INET4, INET6, LARGEST_PORT, UNIX } from "./numbers.ts";

const STORAGE = 128;
/** The offset of the bytes, after the family. */
const MAX_PATH = STORAGE - 2;
const { AFNOSUPPORT, FAULT, INVAL } = Errno;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface IpAddress {
  readonly family: IpFamily;
  readonly host: string;
}

/** A checked place for an address. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

/** sock_recv_from's place: a buffer of 128 with the family, or one of 4 or 16 without. */
export function writeSender({ view, bytes }: GuestMemory, { at, length }: Place, host: string): void {
  const ip = ipBytes(host);
  if (length < ip.length) return;
  if (length === STORAGE) view.setUint16(at, ip.length === 4 ? INET4 : INET6, true);
  bytes.set(ip, at + (length === STORAGE ? 2 : 0));
}

export class AddressBuffer {
  readonly #memory: GuestMemory;
  /** The address of the last checked buffer: read once, because shared memory may change. */
  #at = 0;
  #length = 0;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** The address at `pointer`, or a negated errno: EFAULT, EINVAL for another length, EAFNOSUPPORT. */
  read(pointer: number): IpAddress | number {
    const { view } = this.#memory;
    const length = this.#lengthAt(pointer);
    if (length < 0) return length;
    let at = this.#at;
    let size = length;
    if (length === STORAGE) {
      const family = view.getUint16(at, true);
      if (family !== INET4 && family !== INET6) return -AFNOSUPPORT;
      size = family === INET4 ? 4 : 16;
      at += 2;
    } else if (length !== 4 && length !== 16) return -INVAL;
    // A copy: another thread of the guest may change a shared memory.
    return { family: size === 4 ? 4 : 6, host: ipText(this.#memory.bytes.slice(at, at + size)) };
  }

  /** The address and port of a call, for a socket of this family; or a negated errno. */
  named({ family }: { readonly family: Family }, pointer: number, port: number): SocketAddress | number {
    if (family === "unix") return this.#path(pointer >>> 0);
    const ip = this.read(pointer >>> 0);
    if (typeof ip === "number") return ip;
    if (port >>> 0 > LARGEST_PORT) return -INVAL;
    if (ip.family !== family) return -AFNOSUPPORT;
    return { host: ip.host, port: port >>> 0 };
  }

  /** EINVAL for an empty path, EAFNOSUPPORT for another family, EILSEQ for invalid UTF-8. */
  #path(pointer: number): SocketAddress | number {
    const length = this.#lengthAt(pointer);
    if (length < 0) return length;
    if (length === 4 || length === 16) return -AFNOSUPPORT;
    if (length !== STORAGE) return -INVAL;
    // A copy, as in `read`.
    const storage = this.#memory.bytes.slice(this.#at, this.#at + STORAGE);
    if (storage[0] !== UNIX || storage[1] !== 0) return -AFNOSUPPORT;
    const end = storage.indexOf(0, 2);
    try {
      const host = utf8.decode(storage.subarray(2, end < 0 ? STORAGE : end));
      return host === "" ? -INVAL : { host, port: -1 };
    } catch {
      return -Errno.ILSEQ;
    }
  }

  /** Whether an address of this family fits. An errno. */
  room(pointer: number, family: IpFamily): number {
    const length = this.#lengthAt(pointer);
    if (length < 0) return -length;
    return length === STORAGE || length === 16 || (length === 4 && family === 4) ? 0 : INVAL;
  }

  /** The address of the last checked buffer. */
  get place(): Place {
    return { at: this.#at, length: this.#length };
  }

  /** Version 1's results: the bytes in a buffer of 4 or 16, family (4 or 6) and port as u32. Returns an errno. */
  writePlain({ host, port }: SocketAddress, pointer: number, family: number, portResult: number): number {
    const { view, bytes } = this.#memory;
    const length = this.#lengthAt(pointer);
    if (length < 0) return -length;
    if (!this.#memory.holds(family, 4) || !this.#memory.holds(portResult, 4)) return FAULT;
    if (port < 0) return AFNOSUPPORT; // a path, for which this version has no room
    const ip = ipBytes(host);
    if ((length !== 4 && length !== 16) || ip.length > length) return INVAL;
    bytes.set(ip, this.#at);
    view.setUint32(family, ip.length === 4 ? 4 : 6, true);
    view.setUint32(portResult, port, true);
    return 0;
  }

  /** Version 2's: family and bytes in a buffer of 128, the port as u32 (0 for a path). Returns an errno. */
  writeTagged({ host, port }: SocketAddress, pointer: number, portResult: number): number {
    const { view, bytes } = this.#memory;
    const length = this.#lengthAt(pointer);
    if (length < 0) return -length;
    if (!this.#memory.holds(portResult, 4)) return FAULT;
    if (length !== STORAGE) return INVAL;
    if (port < 0) {
      const path = new TextEncoder().encode(host).subarray(0, MAX_PATH);
      bytes.fill(0, this.#at, this.#at + STORAGE);
      view.setUint16(this.#at, UNIX, true);
      bytes.set(path, this.#at + 2);
      view.setUint32(portResult, 0, true);
      return 0;
    }
    const ip = ipBytes(host);
    view.setUint16(this.#at, ip.length === 4 ? INET4 : INET6, true);
    bytes.set(ip, this.#at + 2);
    view.setUint32(portResult, port, true);
    return 0;
  }

  /** The buffer's length; all of it must be the guest's memory, otherwise -EFAULT. */
  #lengthAt(pointer: number): number {
    if (!this.#memory.holds(pointer, 8)) return -FAULT;
    this.#at = this.#memory.view.getUint32(pointer, true);
    const length = this.#memory.view.getUint32(pointer + 4, true);
    this.#length = length;
    return this.#memory.holds(this.#at, length) ? length : -FAULT;
  }
}
