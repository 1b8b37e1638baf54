/**
 * sock_getaddrinfo for numeric addresses and localhost, without a resolver. Finds only granted addresses.
 *
 * The results go to a list that the guest has prepared (WasmEdge, thirdparty/wasi/api.hpp): an addrinfo for each, which leads to
 * a sockaddr and to the next one. The data of a sockaddr are those of struct sockaddr_in or sockaddr_in6 after the family.
 *
 * A service is a number, or a name of the table in `services.ts`. An unknown service, or one of another protocol, is
 * WasmEdge's EAI_SERVICE; a name with AI_NUMERICSERV is EAI_NONAME. An unknown host is ENOENT; other mistakes are EINVAL.
 */
import { Errno, LookupErrno } from "../../abi/errno.ts";
import type { Imports } from "../../abi/imports.ts";
import { ipBytes, isIPv4, isIPv6 } from "../../addresses/ip-address.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";
import { DATAGRAM, INET4, INET6, STREAM } from "./numbers.ts";
import { serviceOf } from "./services.ts";

/** Offsets of the fields, and the size: u16 flags, three u8, and u32. */
const ADDRINFO = {
  ...{ flags: 0, family: 2, type: 3, protocol: 4 },
  ...{ addressSize: 8, address: 12, name: 16, nameLength: 20, next: 24, size: 28 },
} as const;
/** u8 family, and u32. */
const SOCKADDR = { family: 0, dataSize: 4, data: 8, size: 12 } as const;
/** struct sockaddr_in and sockaddr_in6, without the family. */
const DATA = { [INET4]: 14, [INET6]: 26 } as const;
const PASSIVE = 1;
const NUMERIC_SERVICE = 8;
const KNOWN_FLAGS = 0x7f;
const TCP = 1;
const UDP = 2;
/** Of a name and of a service more is not looked at: none is as long. */
const MAX_NAME = 256;
const MAX_SERVICE = 64;

interface Found {
  readonly family: typeof INET4 | typeof INET6;
  readonly host: string;
}

interface Query {
  readonly flags: number;
  /** 0: either. */
  readonly family: number;
  readonly type: typeof DATAGRAM | typeof STREAM;
  readonly port: number;
}

/** Where a result goes: its addrinfo, its sockaddr and that one's data. */
interface Place {
  readonly info: number;
  readonly sockaddr: number;
  readonly data: number;
}

export function lookup({ memory, grants }: Kernel): Imports {
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
      if (!memory.holds(node >>> 0, nodeLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(service >>> 0, serviceLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(hints >>> 0, ADDRINFO.size) || !memory.holds(results >>> 0, 4)) return Errno.FAULT;
      if (!memory.holds(count >>> 0, 4)) return Errno.FAULT;
      const name = text(memory, node >>> 0, Math.min(nodeLength >>> 0, MAX_NAME));
      const portText = text(memory, service >>> 0, Math.min(serviceLength >>> 0, MAX_SERVICE));
      const query = asked(memory, hints >>> 0, name, portText);
      if (typeof query === "number") return query;
      const { family, port } = query;
      const passive = (query.flags & PASSIVE) !== 0;
      const known = addressesOf(name, passive).filter((found) => family === 0 || found.family === family);
      if (known.length === 0) return Errno.NOENT;
      const grant = passive ? grants.bind : grants.connect;
      const found = known.filter(({ host }) => grant.allows({ host, port }));
      if (found.length === 0) {
        grant.refuse("sock_getaddrinfo", { host: known[0].host, port });
        return Errno.ACCES;
      }
      const told = found.slice(0, most >>> 0);
      const places = placesFor(memory, memory.view.getUint32(results >>> 0, true), told);
      if (places === undefined) return Errno.FAULT;
      for (const [index, place] of places.entries()) tell(memory, place, told[index], query);
      memory.view.setUint32(count >>> 0, told.length, true);
      return 0;
    },
  };
}

/** Programs end their strings with a NUL, and count it. */
function text(memory: GuestMemory, pointer: number, length: number): string {
  return memory.text(pointer, length).replace(/\0$/, "");
}

/** Or an errno. */
function asked({ view }: GuestMemory, hints: number, name: string, portText: string): Query | number {
  const flags = view.getUint16(hints + ADDRINFO.flags, true);
  const family = view.getUint8(hints + ADDRINFO.family);
  const type = view.getUint8(hints + ADDRINFO.type);
  const protocol = view.getUint8(hints + ADDRINFO.protocol);
  if ((flags & ~KNOWN_FLAGS) !== 0 || family > INET6 || type > STREAM || protocol > UDP) return Errno.INVAL;
  if (name === "" && portText === "") return Errno.INVAL;
  if ((flags & NUMERIC_SERVICE) !== 0 && !/^\d*$/.test(portText)) return LookupErrno.NONAME;
  const service = serviceOf(portText, protocolsOf(type, protocol));
  if (service === undefined) return LookupErrno.SERVICE;
  return { flags, family, type: service.protocol === "tcp" ? STREAM : DATAGRAM, port: service.port };
}

/** In the order in which they are tried: a type that is not said is a stream, where the service has one. */
function protocolsOf(type: number, protocol: number): readonly ("tcp" | "udp")[] {
  if (type === STREAM) return ["tcp"];
  if (type === DATAGRAM) return ["udp"];
  if (protocol === 0) return ["tcp", "udp"];
  return protocol === TCP ? ["tcp"] : ["udp"];
}

/** A place in the guest's list, which begins at `first`, for each result; undefined where one is not the guest's memory. */
function placesFor(memory: GuestMemory, first: number, found: readonly Found[]): Place[] | undefined {
  const places: Place[] = [];
  let info = first;
  for (const { family } of found) {
    if (!memory.holds(info, ADDRINFO.size)) return undefined;
    const sockaddr = memory.view.getUint32(info + ADDRINFO.address, true);
    if (!memory.holds(sockaddr, SOCKADDR.size)) return undefined;
    const data = memory.view.getUint32(sockaddr + SOCKADDR.data, true);
    if (!memory.holds(data, DATA[family])) return undefined;
    places.push({ info, sockaddr, data });
    info = memory.view.getUint32(info + ADDRINFO.next, true);
  }
  return places;
}

function tell(memory: GuestMemory, { info, sockaddr, data }: Place, { family, host }: Found, query: Query): void {
  const { view } = memory;
  view.setUint16(info + ADDRINFO.flags, query.flags, true);
  view.setUint8(info + ADDRINFO.family, family);
  view.setUint8(info + ADDRINFO.type, query.type);
  view.setUint8(info + ADDRINFO.protocol, query.type === DATAGRAM ? UDP : TCP);
  view.setUint32(info + ADDRINFO.addressSize, DATA[family] + 2, true);
  view.setUint32(info + ADDRINFO.nameLength, 0, true);
  view.setUint8(sockaddr + SOCKADDR.family, family);
  view.setUint32(sockaddr + SOCKADDR.dataSize, DATA[family], true);
  memory.bytes.fill(0, data, data + DATA[family]);
  view.setUint16(data, query.port, false);
  memory.bytes.set(ipBytes(host), data + (family === INET4 ? 2 : 6));
}

/** An empty name is this machine: all its addresses to listen (AI_PASSIVE), loopback to connect. */
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
