/**
 * sock_getaddrinfo. It finds granted addresses only.
 *
 * The results go to a list that the guest has prepared (WasmEdge, thirdparty/wasi/api.hpp): an addrinfo for each, which leads to
 * a sockaddr and to the next one. The data of a sockaddr are those of struct sockaddr_in or sockaddr_in6 after the family.
 *
 * IP addresses and localhost need no lookup. Other names need a grant of `connect`, with any port: the lookup grants the
 * addresses, and sock_connect checks the port. The crate wasmedge_wasi_socket always asks for the service http, whatever port it
 * connects to. A lookup that fails is one of WasmEdge's EAI errnos (wasifunc.cpp, `WasiSockGetAddrinfo`); a name without a grant is
 * EACCES. A service is a number, or a name of the table in `services.ts`.
 */
import { Errno, LookupErrno } from "../../abi/errno.ts";
import { IN } from "../../abi/readiness.ts";
import { asciiOf, knownAddresses } from "../../addresses/host-names.ts";
import { ipBytes } from "../../addresses/ip-address.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import { pollfds, setPollfd } from "../../drivers/contract/pollfd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { lookUp } from "../../kernel/name-lookup.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";
import type { Resolution } from "../../runtime/name-lookup.ts";
import { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";
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
const CANONICAL_NAME = 2;
const NUMERIC_HOST = 4;
const NUMERIC_SERVICE = 8;
const KNOWN_FLAGS = 0x7f;
const TCP = 1;
const UDP = 2;
/** Longer names and services do not exist: the rest is cut off. */
const MAX_NAME = 256;
const MAX_SERVICE = 64;

/** EAI errnos by the codes of getaddrinfo(3), as Node names them. */
const FAILURES: Readonly<Record<string, number>> = {
  ENOTFOUND: LookupErrno.NONAME,
  ENODATA: LookupErrno.NODATA,
  EAI_ADDRFAMILY: LookupErrno.ADDRFAMILY,
  EAI_AGAIN: LookupErrno.AGAIN,
  ETIMEOUT: LookupErrno.AGAIN,
};

interface Query {
  readonly flags: number;
  /** 0: either. */
  readonly family: number;
  readonly type: typeof DATAGRAM | typeof STREAM;
  readonly port: number;
  /** "" for this machine. */
  readonly name: string;
}

/** Where the results go. */
interface Room {
  /** Pointer to the pointer to the first addrinfo. */
  readonly results: number;
  readonly most: number;
  /** Pointer to the number of results. */
  readonly count: number;
}

/** The places of a result: its addrinfo, its sockaddr and the sockaddr's data. */
interface Place {
  readonly info: number;
  readonly sockaddr: number;
  readonly data: number;
  /** Offset of the address in the data of a sockaddr_in6. */
  readonly address6: number;
}

export function lookup(kernel: Kernel): Calls {
  const { memory, grants, driver, resolver, way } = kernel;

  /** The addresses that the query has, or an errno; a promise where the resolver answers later. */
  function addressesOf(query: Query): Resolution | Promise<Resolution> | number {
    const { flags, port, name } = query;
    const known = knownOf(name, (flags & PASSIVE) !== 0);
    if (known !== undefined) return granted(known, query);
    const asked = asciiOf(name);
    if (asked === undefined || (flags & NUMERIC_HOST) !== 0) return LookupErrno.NONAME;
    if (grants.connect.refuseName("sock_getaddrinfo", asked, port)) return Errno.ACCES;
    return resolver === undefined ? LookupErrno.NONAME : lookUp(grants.connect, resolver, asked);
  }

  /**
   * Those that can be used with this port, else those with a grant for any port and purpose: programs look up for listening without
   * AI_PASSIVE too (dispatchrun/net).
   */
  function granted(known: readonly string[], { family, flags, name, port }: Query): Resolution | number {
    grants.connect.resolved(name, known);
    const hosts = known.filter((host) => isOfFamily(ipBytes(host), family));
    if (hosts.length === 0) return LookupErrno.ADDRFAMILY;
    const grant = (flags & PASSIVE) !== 0 ? grants.bind : grants.connect;
    const usable = hosts.filter((host) => grant.allows({ host, port }));
    if (usable.length > 0) return usable;
    const others = hosts.filter((host) => grants.connect.allowsHost(host) || grants.bind.allowsHost(host));
    if (others.length > 0) return others;
    grant.refuse("sock_getaddrinfo", { host: hosts[0], port });
    return Errno.ACCES;
  }

  function tellAll(found: Resolution, query: Query, { results, most, count }: Room): number {
    if ("code" in found) return FAILURES[found.code] ?? LookupErrno.FAIL;
    const matching = found.map(ipBytes).filter((ip) => isOfFamily(ip, query.family));
    if (matching.length === 0) return LookupErrno.NODATA;
    const told = matching.slice(0, most);
    const places = placesFor(memory, memory.view.getUint32(results, true), told);
    if (places === undefined) return Errno.FAULT;
    for (const [index, place] of places.entries()) tell(memory, place, told[index], query);
    memory.view.setUint32(count, told.length, true);
    return 0;
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
    ): number | Promise<number> {
      memory.refresh();
      if (!memory.holds(node >>> 0, nodeLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(service >>> 0, serviceLength >>> 0)) return Errno.FAULT;
      if (!memory.holds(hints >>> 0, ADDRINFO.size) || !memory.holds(results >>> 0, 4)) return Errno.FAULT;
      if (!memory.holds(count >>> 0, 4)) return Errno.FAULT;
      const name = text(memory, node >>> 0, Math.min(nodeLength >>> 0, MAX_NAME));
      const portText = text(memory, service >>> 0, Math.min(serviceLength >>> 0, MAX_SERVICE));
      if (name === "" && portText === "") return LookupErrno.NONAME;
      if (most === 0) return LookupErrno.MEMORY;
      const query = asked(memory, hints >>> 0, name, portText);
      if (typeof query === "number") return query;
      const found = addressesOf(query);
      if (typeof found === "number") return found;
      const room = { results: results >>> 0, most: most >>> 0, count: count >>> 0 };
      if (!(found instanceof Promise)) return tellAll(found, query, room);
      const told = (resolution: Resolution) => {
        memory.refresh();
        return tellAll(resolution, query, room);
      };
      return way.finish<number>(new LookupWait(driver, found, told));
    },
  };
}

/** Waits until the resolver has answered, which writes to a pipe then. */
class LookupWait extends Wait {
  readonly fds = pollfds(1);
  readonly count = 1;
  readonly deadline = Infinity;
  readonly #driver: Driver;
  readonly #ends: readonly [number, number];
  readonly #told: (found: Resolution) => number;
  #found: Resolution | undefined;
  #isOver = false;

  constructor(driver: Driver, resolution: Promise<Resolution>, told: (found: Resolution) => number) {
    super();
    this.#driver = driver;
    this.#told = told;
    this.#ends = driver.pipe();
    setPollfd(this.fds, 0, this.#ends[0], IN);
    void resolution.then((found) => {
      this.#found = found;
      if (!this.#isOver) driver.send(this.#ends[1], BYTE, 0, 1);
    });
  }

  resume(ready: number): number | Wait {
    if (ready < 0) return -ready;
    return this.#found === undefined ? this : this.#told(this.#found);
  }

  override release(): void {
    this.#isOver = true;
    for (const end of this.#ends) this.#driver.close(end);
  }
}

const BYTE = new Uint8Array(1);

/** Programs end their strings with a NUL, and count it. */
function text(memory: GuestMemory, pointer: number, length: number): string {
  return memory.text(pointer, length).replace(/\0$/, "");
}

/** Returns the query, or an errno. */
function asked({ view }: GuestMemory, hints: number, name: string, portText: string): Query | number {
  const flags = view.getUint16(hints + ADDRINFO.flags, true);
  const family = view.getUint8(hints + ADDRINFO.family);
  const type = view.getUint8(hints + ADDRINFO.type);
  const protocol = view.getUint8(hints + ADDRINFO.protocol);
  if ((flags & ~KNOWN_FLAGS) !== 0) return LookupErrno.BADFLAGS;
  if ((flags & CANONICAL_NAME) !== 0 && name === "") return LookupErrno.BADFLAGS;
  if (family > INET6) return LookupErrno.FAMILY;
  if (type > STREAM || protocol > UDP) return LookupErrno.SOCKTYPE;
  if ((flags & NUMERIC_SERVICE) !== 0 && !/^\d*$/.test(portText)) return LookupErrno.NONAME;
  const service = serviceOf(portText, protocolsOf(type, protocol));
  if (service === undefined) return LookupErrno.SERVICE;
  return { flags, family, type: service.protocol === "tcp" ? STREAM : DATAGRAM, port: service.port, name };
}

/** The protocols in the order of the tries: without a type it is a stream, if the service has one. */
function protocolsOf(type: number, protocol: number): readonly ("tcp" | "udp")[] {
  if (type === STREAM) return ["tcp"];
  if (type === DATAGRAM) return ["udp"];
  if (protocol === 0) return ["tcp", "udp"];
  return protocol === TCP ? ["tcp"] : ["udp"];
}

/** A place in the guest's list, which begins at `first`, for each result; undefined where one is not the guest's memory or too short. */
function placesFor(memory: GuestMemory, first: number, found: readonly Uint8Array[]): Place[] | undefined {
  const { view } = memory;
  const places: Place[] = [];
  let info = first;
  for (const ip of found) {
    if (!memory.holds(info, ADDRINFO.size)) return undefined;
    const sockaddr = view.getUint32(info + ADDRINFO.address, true);
    if (!memory.holds(sockaddr, SOCKADDR.size)) return undefined;
    const length = view.getUint32(sockaddr + SOCKADDR.dataSize, true);
    const data = view.getUint32(sockaddr + SOCKADDR.data, true);
    const needed = DATA[familyOf(ip)];
    // 0: the program does not say the length (vmware-labs/webassembly-language-runtimes).
    if (!memory.holds(data, needed) || (length !== 0 && length < needed)) return undefined;
    places.push({ info, sockaddr, data, address6: readsPlainAddress6(view, info) ? 2 : 6 });
    info = view.getUint32(info + ADDRINFO.next, true);
  }
  return places;
}

/**
 * dispatchrun/net takes an IPv6 address from directly behind the port, where sockaddr_in6 has the flow information. Its addrinfo is
 * known by the sizes that it writes into it.
 */
function readsPlainAddress6(view: DataView, info: number): boolean {
  return (
    view.getUint32(info + ADDRINFO.addressSize, true) === 16 && view.getUint32(info + ADDRINFO.nameLength, true) === 30
  );
}

function familyOf(ip: Uint8Array): typeof INET4 | typeof INET6 {
  return ip.length === 4 ? INET4 : INET6;
}

/** `family`: 0 for either. */
function isOfFamily(ip: Uint8Array, family: number): boolean {
  return family === 0 || family === familyOf(ip);
}

function tell(
  { view, bytes }: GuestMemory,
  { info, sockaddr, data, address6 }: Place,
  ip: Uint8Array,
  query: Query,
): void {
  const family = familyOf(ip);
  view.setUint16(info + ADDRINFO.flags, query.flags, true);
  view.setUint8(info + ADDRINFO.family, family);
  view.setUint8(info + ADDRINFO.type, query.type);
  view.setUint8(info + ADDRINFO.protocol, query.type === DATAGRAM ? UDP : TCP);
  view.setUint32(info + ADDRINFO.addressSize, DATA[family] + 2, true);
  view.setUint32(info + ADDRINFO.nameLength, 0, true);
  view.setUint8(sockaddr + SOCKADDR.family, family);
  view.setUint32(sockaddr + SOCKADDR.dataSize, DATA[family], true);
  bytes.fill(0, data, data + DATA[family]);
  view.setUint16(data, query.port, false);
  bytes.set(ip, data + (family === INET4 ? 2 : address6));
}

/** An empty name is this machine: all its addresses to listen (AI_PASSIVE), loopback to connect. */
function knownOf(name: string, passive: boolean): readonly string[] | undefined {
  if (name !== "") return knownAddresses(name);
  return passive ? ["0.0.0.0", "::"] : ["127.0.0.1", "::1"];
}
