/** What the guest may reach by itself: nothing but the addresses that were granted. */
import { formatAddress } from "./address.ts";
import type { SocketAddress } from "./drivers/driver.ts";
import { ipBytes, isIPv4, isIPv6 } from "./ip-address.ts";

const EXPECTED = "expected HOST:PORT, for example 127.0.0.1:80, 10.0.0.0/8:8000-8099 or [::1]:*";
const LAST_PORT = 65_535;

/** A call that the guest made, and that nothing granted allows. */
export interface Refusal {
  /** The host call, such as `sock_connect`. */
  readonly call: string;
  readonly address: SocketAddress;
  /** The option that would have to name the address: `connect` or `bind`. */
  readonly option: string;
}

export class Grants {
  readonly #granted: readonly Grant[];
  readonly #option: string;
  readonly #onRefused: ((refusal: Refusal) => void) | undefined;

  /**
   * Each is HOST:PORT, with HOST an IPv4 address, an IPv6 address in brackets, localhost (127.0.0.1), or all addresses
   * that begin alike (10.0.0.0/8, [fe80::/10]); and PORT a number, a range (80-90), or * for all. Throws an Error that
   * names the text and what was expected. `option` is named, and `onRefused` called, for what is refused.
   */
  constructor(option: string, addresses: readonly string[] = [], onRefused?: (refusal: Refusal) => void) {
    this.#option = option;
    this.#granted = addresses.map(parseGrant);
    this.#onRefused = onRefused;
  }

  /**
   * Is this address in none of the grants? Addresses are taken as they are: 0.0.0.0, ::1 and ::ffff:127.0.0.1 are not
   * 127.0.0.1, whatever the operating system makes of them. Port 0, where the system chooses, is a port like any other.
   */
  refuse(call: string, address: SocketAddress): boolean {
    if (this.allows(address)) return false;
    this.#onRefused?.({ call, address, option: this.#option });
    return true;
  }

  /** The same, and nobody is told. */
  allows({ host, port }: SocketAddress): boolean {
    const bytes = ipBytes(host);
    return this.#granted.some((grant) => grants(grant, bytes, port));
  }
}

/** The line for a refusal: what was called, and the option of the command that would grant it. */
export function describeRefusal({ call, address, option }: Refusal): string {
  const name = formatAddress(address);
  return `${call} ${name}: not granted (EACCES); --${option} ${name} grants it`;
}

interface Grant {
  readonly bytes: Uint8Array;
  /** How many of the leading bits count. */
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

function grants({ bytes, prefix, first, last }: Grant, wanted: Uint8Array, port: number): boolean {
  if (port < first || port > last || bytes.length !== wanted.length) return false;
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== wanted[index]) return false;
  const rest = prefix & 7;
  return rest === 0 || (bytes[whole] ^ wanted[whole]) >> (8 - rest) === 0;
}

function parseGrant(text: string): Grant {
  const parts =
    /^(?:\[(?<six>[^\]/]*)(?:\/(?<sixPrefix>\d{1,3}))?\]|(?<four>[^:/]*)(?:\/(?<fourPrefix>\d{1,2}))?):(?:(?<every>\*)|(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?)$/.exec(
      text,
    )?.groups;
  if (parts === undefined) throw new Error(`bad address '${text}': ${EXPECTED}`);
  const { six, four, every } = parts;
  const host = four === "localhost" ? "127.0.0.1" : (six ?? four);
  if (six === undefined ? !isIPv4(host) : !isIPv6(host)) {
    throw new Error(`bad address '${text}': '${host}' is no IP address; ${EXPECTED}`);
  }
  const bytes = ipBytes(host);
  const prefix = Number(parts.sixPrefix ?? parts.fourPrefix ?? bytes.length * 8);
  if (prefix > bytes.length * 8) throw new Error(`bad address '${text}': /${prefix} is over /${bytes.length * 8}`);
  const first = every === undefined ? Number(parts.first) : 0;
  const last = every === undefined ? Number(parts.last ?? parts.first) : LAST_PORT;
  if (last > LAST_PORT) throw new Error(`bad address '${text}': the port is over ${LAST_PORT}`);
  if (first > last) throw new Error(`bad address '${text}': the range of ports is empty; ${EXPECTED}`);
  return { bytes, prefix, first, last };
}
