/**
 * sock_getaddrinfo, for what needs no asking: addresses as numbers, and localhost. Those are found that were granted.
 *
 * The results go to a list that the guest has prepared (WasmEdge, thirdparty/wasi/api.hpp):
 *
 *   addrinfo   u16 flags, u8 family, u8 type, u8 protocol, u32 sockaddr's size @8, sockaddr* @12, name* @16, u32 @20, next* @24
 *   sockaddr   u8 family, u32 size @4, data* @8; the data are those of struct sockaddr_in or sockaddr_in6 behind the family
 *
 * WasmEdge's EAI_* numbers are not in the errno table: a name that nobody knows is ENOENT, whatever else is wrong EINVAL.
 */

import { Errno } from "./errno.ts";
import type { Imports } from "./imports.ts";
import { ipBytes, isIPv4, isIPv6 } from "./ip-address.ts";
import type { HostState } from "./state.ts";

const ADDRINFO = 28;
const SOCKADDR = 12;
const INET4 = 1;
const INET6 = 2;
const DATAGRAM = 1;
const STREAM = 2;
/** struct sockaddr_in and sockaddr_in6, without the family. */
const DATA = { [INET4]: 14, [INET6]: 26 } as const;
const PASSIVE = 1;
const KNOWN_FLAGS = 0x7f;
const TCP = 1;
const UDP = 2;
const LARGEST_PORT = 65_535;

interface Found {
  readonly family: typeof INET4 | typeof INET6;
  readonly host: string;
}

export function lookup(host: HostState): Imports {
  const { memory, grants } = host;

  /** Where the n-th result goes: its addrinfo, its sockaddr and that one's data; undefined where one is not the guest's. */
  function placeAt(info: number, { family }: Found): { info: number; sockaddr: number; data: number } | undefined {
    if (!memory.holds(info, ADDRINFO)) return undefined;
    const sockaddr = memory.view.getUint32(info + 12, true);
    if (!memory.holds(sockaddr, SOCKADDR)) return undefined;
    const data = memory.view.getUint32(sockaddr + 8, true);
    return memory.holds(data, DATA[family]) ? { info, sockaddr, data } : undefined;
  }

  function text(pointer: number, length: number): string {
    // A copy: decoders refuse shared memory. Programs end their strings with a NUL, and count it.
    return new TextDecoder().decode(memory.bytes.slice(pointer, pointer + length)).replace(/\0$/, "");
  }

  return {
    sock_getaddrinfo(
      node: number,
      nodeLength: number,
      service: number,
      serviceLength: number,
      hints: number,
      results: number,
      most: number,
      count: number,
    ): number {
      memory.refresh();
      const { view } = memory;
      if (!memory.holds(node >>> 0, nodeLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(service >>> 0, serviceLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(hints >>> 0, ADDRINFO) || !memory.holds(results >>> 0, 4)) return Errno.FAULT;
      if (!memory.holds(count >>> 0, 4)) return Errno.FAULT;
      const flags = view.getUint16(hints >>> 0, true);
      const family = view.getUint8((hints >>> 0) + 2);
      const type = view.getUint8((hints >>> 0) + 3);
      const protocol = view.getUint8((hints >>> 0) + 4);
      if ((flags & ~KNOWN_FLAGS) !== 0 || family > INET6 || type > STREAM || protocol > UDP) return Errno.INVAL;
      const portText = text(service >>> 0, Math.min(serviceLength >>> 0, 64));
      const port = Number(portText || "0");
      if (!/^\d{0,5}$/.test(portText) || port > LARGEST_PORT) return Errno.INVAL;
      const name = text(node >>> 0, Math.min(nodeLength >>> 0, 256));
      if (name === "" && portText === "") return Errno.INVAL;
      const passive = (flags & PASSIVE) !== 0;
      const known = addressesOf(name, passive).filter((found) => family === 0 || found.family === family);
      if (known.length === 0) return Errno.NOENT;
      const grant = passive ? grants.bind : grants.connect;
      const granted = known.filter((found) => grant.allows({ host: found.host, port }));
      if (granted.length === 0) {
        grant.refuse("sock_getaddrinfo", { host: known[0].host, port });
        return Errno.ACCES;
      }
      const found = granted.slice(0, most >>> 0);
      const places: { info: number; sockaddr: number; data: number }[] = [];
      let info = view.getUint32(results >>> 0, true);
      for (const one of found) {
        const place = placeAt(info, one);
        if (place === undefined) return Errno.FAULT;
        places.push(place);
        info = view.getUint32(info + 24, true);
      }
      for (const [index, place] of places.entries()) {
        const { family, host } = found[index];
        view.setUint16(place.info, flags, true);
        view.setUint8(place.info + 2, family);
        view.setUint8(place.info + 3, type === DATAGRAM ? DATAGRAM : STREAM);
        view.setUint8(place.info + 4, type === DATAGRAM ? UDP : TCP);
        view.setUint32(place.info + 8, DATA[family] + 2, true);
        view.setUint32(place.info + 20, 0, true);
        view.setUint8(place.sockaddr, family);
        view.setUint32(place.sockaddr + 4, DATA[family], true);
        memory.bytes.fill(0, place.data, place.data + DATA[family]);
        view.setUint16(place.data, port, false);
        memory.bytes.set(ipBytes(host), place.data + (family === INET4 ? 2 : 6));
      }
      view.setUint32(count >>> 0, found.length, true);
      return 0;
    },
  };
}

/** No name at all is this machine: every address of it for who is to listen (AI_PASSIVE), loopback for who connects. */
function addressesOf(name: string, passive: boolean): readonly Found[] {
  if (isIPv4(name)) return [{ family: INET4, host: name }];
  if (isIPv6(name) && !name.includes("%")) return [{ family: INET6, host: name }];
  if (name !== "" && name !== "localhost") return [];
  const every = passive && name === "";
  return [
    { family: INET4, host: every ? "0.0.0.0" : "127.0.0.1" },
    { family: INET6, host: every ? "::" : "::1" },
  ];
}
