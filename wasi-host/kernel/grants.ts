/** The granted addresses of a guest. */

import { formatAddress, UNIX } from "../addresses/address.ts";
import { ipBytes, isIPv4, isIPv6, zoneOf } from "../addresses/ip-address.ts";
import type { SocketAddress } from "../addresses/socket-address.ts";
import { ArgumentError } from "../errors/argument-error.ts";

const EXPECTED =
  "expected HOST:PORT, for example 127.0.0.1:80, 10.0.0.0/8:8000-8099 or [::1]:*; or unix:PATH, unix:DIRECTORY/*";
const LAST_PORT = 65_535;
/** A DNS name, of letters, digits, hyphens and underscores (RFC 1123, 2.1); its last label is no number. */
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

/** A call refused because its address is not granted. */
export interface Refusal {
  /** Name of the host call, such as `sock_connect`. */
  readonly call: string;
  /** For a refused lookup, `host` is the name, and `port` the asked port; 0 if the call has none. */
  readonly address: SocketAddress;
  /** A granted name that `address` belongs to, with another port. */
  readonly name?: string;
  /** The option that would grant the address: `connect` or `bind`. */
  readonly option: string;
}

export class Grants {
  readonly #granted: readonly Grant[];
  readonly #names: readonly NameGrant[];
  readonly #everything: boolean;
  readonly #paths: readonly PathGrant[];
  #placeOf: ((path: string) => string) | undefined;
  readonly #option: string;
  readonly #onRefused: ((refusal: Refusal) => void) | undefined;

  /**
   * Each is HOST:PORT. HOST is an IPv4 address, an IPv6 address in brackets, localhost (127.0.0.1), or a network
   * (10.0.0.0/8, [fe80::/10]); PORT is a number, a range (80-90), or * for all. Or unix:PATH, a Unix socket, and
   * unix:DIRECTORY/*, all of that directory. Throws an Error that names the text and the expected form. Refused calls
   * name `option`, and call `onRefused`.
   *
   * @param addresses "everything": all addresses and names are granted
   * @param resolver whether names are looked up for the guest. Then HOST may also be a name, for the addresses given to
   *   `resolved`
   */
  constructor(
    option: string,
    addresses: readonly string[] | "everything" = [],
    onRefused?: (refusal: Refusal) => void,
    resolver = false,
  ) {
    const texts = addresses === "everything" ? [] : addresses;
    const isName = (text: string) => resolver && !text.startsWith(UNIX) && hostNameIn(text) !== undefined;
    this.#option = option;
    this.#everything = addresses === "everything";
    this.#names = texts.filter(isName).map(parseName);
    this.#granted = texts.filter((text) => !text.startsWith(UNIX) && !isName(text)).map(parseGrant);
    this.#paths = texts.filter((text) => text.startsWith(UNIX)).map(parsePath);
    this.#onRefused = onRefused;
  }

  /** Whether the guest may look up a name. */
  allowsName(name: string): boolean {
    return this.#everything || this.#names.some((grant) => grant.name === nameKey(name));
  }

  /** Whether the guest may not look up a name. `port`: see `Refusal`. */
  refuseName(call: string, name: string, port: number): boolean {
    if (this.allowsName(name)) return false;
    this.#onRefused?.({ call, address: { host: name, port }, option: this.#option });
    return true;
  }

  /** Replaces the granted addresses of a name. */
  resolved(name: string, hosts: readonly string[]): void {
    for (const grant of this.#names) if (grant.name === nameKey(name)) grant.addresses = hosts.map(ipBytes);
  }

  /**
   * Resolves the granted paths now. A path that later leads elsewhere, through a link made by the guest, is not granted
   * any more. `placeOf`: the driver's `unixPaths.resolve`. Throws an Error that names a path whose directory is
   * missing.
   */
  locate(placeOf: (path: string) => string): void {
    this.#placeOf = placeOf;
    for (const grant of this.#paths) {
      try {
        grant.place = placeOf(grant.every ? `${grant.path}/.` : grant.path);
      } catch {
        throw new ArgumentError(`bad address '${grant.text}': its directory does not exist`);
      }
    }
  }

  /**
   * Whether no grant covers this address. Addresses are compared literally: 0.0.0.0, ::1 and ::ffff:127.0.0.1 are not
   * 127.0.0.1. Port 0 is an ordinary port.
   */
  refuse(call: string, address: SocketAddress): boolean {
    if (this.allows(address)) return false;
    const name = address.port === -1 ? undefined : this.#nameOf(ipBytes(address.host));
    this.#onRefused?.({ call, address, option: this.#option, ...(name === undefined ? {} : { name }) });
    return true;
  }

  /** Whether a grant covers this host with any port, without a report. */
  allowsHost(host: string): boolean {
    if (this.#everything) return true;
    const bytes = ipBytes(host);
    return this.#granted.some((grant) => covers(grant, bytes)) || this.#nameOf(bytes) !== undefined;
  }

  /** The granted name whose last lookup found this address. */
  #nameOf(bytes: Uint8Array): string | undefined {
    return this.#names.find((grant) => grant.addresses.some((address) => covers(whole(grant, address), bytes)))?.name;
  }

  /** Whether a grant covers this address, without a report. */
  allows({ host, port }: SocketAddress): boolean {
    if (this.#everything) return true;
    if (port === -1) return this.#paths.some((grant) => this.#grantsPath(grant, host));
    const bytes = ipBytes(host);
    return (
      this.#granted.some((grant) => grants(grant, bytes, port)) ||
      this.#names.some((grant) => grant.addresses.some((address) => grants(whole(grant, address), bytes, port)))
    );
  }

  /** Paths are compared as they are, and must still lead to their first place. */
  #grantsPath({ path, every, place }: PathGrant, wanted: string): boolean {
    const slash = wanted.lastIndexOf("/");
    const name = wanted.slice(slash + 1);
    const named = every
      ? slash >= 0 && wanted.slice(0, slash) === path && !["", ".", ".."].includes(name)
      : wanted === path;
    if (!named || this.#placeOf === undefined) return named;
    try {
      const found = this.#placeOf(wanted);
      return every ? found.slice(0, found.lastIndexOf("/")) === place : found === place;
    } catch {
      return false;
    }
  }
}

/** Formats a refusal: the call, and the option that would grant it. */
export function describeRefusal({ call, address, option, name }: Refusal): string {
  const { host, port } = address;
  // A lookup without a port: any port grants it, and connecting needs the right one.
  const asked = port === 0 && !isIPv4(host) && !isIPv6(host);
  const refused = asked ? host : formatAddress(address);
  const granted = asked ? `${host}:*` : name === undefined ? refused : `${name}:${port}`;
  return `${call} ${refused}: not granted (EACCES); --${option} ${granted} grants it`;
}

interface PathGrant {
  /** The grant's text. */
  readonly text: string;
  /** Path of the socket, or of the directory whose names are granted. */
  readonly path: string;
  readonly every: boolean;
  /** Target of the path when the host was opened. */
  place: string;
}

interface NameGrant {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Addresses from the last lookup. */
  addresses: readonly Uint8Array[];
}

interface Grant {
  readonly bytes: Uint8Array;
  /** Number of leading bits that count. */
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

/** One address of a name, with the ports of the name's grant. */
function whole({ first, last }: NameGrant, address: Uint8Array): Grant {
  return { bytes: address, prefix: address.length * 8, first, last };
}

function grants(grant: Grant, wanted: Uint8Array, port: number): boolean {
  return port >= grant.first && port <= grant.last && covers(grant, wanted);
}

/** Whether a grant covers these bytes of an address, whatever the port. */
function covers({ bytes, prefix }: Grant, wanted: Uint8Array): boolean {
  if (bytes.length !== wanted.length) return false;
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== wanted[index]) return false;
  const rest = prefix & 7;
  return rest === 0 || (bytes[whole] ^ wanted[whole]) >> (8 - rest) === 0;
}

function parsePath(text: string): PathGrant {
  const path = text.slice(UNIX.length);
  const every = path.endsWith("/*");
  if (path === "" || path.includes("\0")) throw new ArgumentError(`bad address '${text}': ${EXPECTED}`);
  return { text, path: every ? path.slice(0, -2) : path, every, place: "" };
}

function parseGrant(text: string): Grant {
  const parts =
    /^(?:\[(?<six>[^\]/]*)(?:\/(?<sixPrefix>\d{1,3}))?\]|(?<four>[^:/]*)(?:\/(?<fourPrefix>\d{1,2}))?):(?:(?<every>\*)|(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?)$/.exec(
      text,
    )?.groups;
  if (parts === undefined) throw new ArgumentError(`bad address '${text}': ${EXPECTED}`);
  const { six, four, every } = parts;
  const host = four === "localhost" ? "127.0.0.1" : (six ?? four);
  if (six === undefined ? !isIPv4(host) : !isIPv6(host)) {
    throw new ArgumentError(`bad address '${text}': '${host}' is not an IP address; ${EXPECTED}`);
  }
  const zone = zoneOf(host);
  if (zone !== "") {
    throw new ArgumentError(
      `bad address '${text}': a grant cannot have a zone (RFC 4007), because the guest's calls have none: remove '%${zone}'`,
    );
  }
  const bytes = ipBytes(host);
  const prefix = Number(parts.sixPrefix ?? parts.fourPrefix ?? bytes.length * 8);
  if (prefix > bytes.length * 8)
    throw new ArgumentError(`bad address '${text}': /${prefix} is above /${bytes.length * 8}`);
  return { bytes, prefix, ...portsIn(text, every, parts.first, parts.last) };
}

/** The name in NAME:PORT; undefined if it is no name. */
function hostNameIn(text: string): string | undefined {
  const host = /^([^:]*):/.exec(text)?.[1] ?? "";
  return NAME.test(host) && host !== "localhost" ? host : undefined;
}

function parseName(text: string): NameGrant {
  const parts = /^[^:]*:(?:(?<every>\*)|(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?)$/.exec(text)?.groups;
  if (parts === undefined) throw new ArgumentError(`bad address '${text}': ${EXPECTED}`);
  const ports = portsIn(text, parts.every, parts.first, parts.last);
  return { name: nameKey(hostNameIn(text)!), ...ports, addresses: [] };
}

/** Names ignore case, and a dot at their end. */
function nameKey(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function portsIn(text: string, every: string | undefined, from: string, to = from): { first: number; last: number } {
  const first = every === undefined ? Number(from) : 0;
  const last = every === undefined ? Number(to) : LAST_PORT;
  if (last > LAST_PORT) throw new ArgumentError(`bad address '${text}': the port is above ${LAST_PORT}`);
  if (first > last) throw new ArgumentError(`bad address '${text}': the range of ports is empty; ${EXPECTED}`);
  return { first, last };
}
