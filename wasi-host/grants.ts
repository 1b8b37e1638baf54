/** What the guest may reach by itself: nothing but the addresses that were granted. */
import { parseAddress } from "./address.ts";
import type { SocketAddress } from "./drivers/driver.ts";
import { ipBytes, ipText } from "./ip-address.ts";

/** `HOST:*`: every port of the host. */
const EVERY_PORT = /:\*$/;

export class Grants {
  readonly #granted = new Set<string>();

  /**
   * Each is HOST:PORT or HOST:*, with HOST as `parseAddress` takes it: an IP address, or localhost, which is 127.0.0.1.
   * Throws an Error that names the text and what was expected.
   */
  constructor(addresses: readonly string[] = []) {
    for (const text of addresses) this.#granted.add(parseGrant(text));
  }

  /**
   * Is exactly this address granted? There are no wildcards: 0.0.0.0, ::1 and ::ffff:127.0.0.1 are not 127.0.0.1, whatever
   * the operating system makes of them. Port 0, where the system chooses, is a port like any other.
   */
  allow({ host, port }: SocketAddress): boolean {
    return this.#granted.has(`${host} ${port}`) || this.#granted.has(`${host} *`);
  }
}

function parseGrant(text: string): string {
  try {
    const { host, port } = parseAddress(text.replace(EVERY_PORT, ":0"));
    return `${ipText(ipBytes(host))} ${EVERY_PORT.test(text) ? "*" : port}`;
  } catch (cause) {
    throw new Error(`bad address '${text}': expected HOST:PORT or HOST:*, for example 127.0.0.1:80 or [::1]:*`, {
      cause,
    });
  }
}
