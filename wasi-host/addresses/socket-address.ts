/**
 * A socket's address. `host` is an IPv4 or IPv6 literal, which can have a zone; for a Unix socket it is the path, and
 * `port` is -1. Addresses from drivers are in canonical form (RFC 5952), with the interface name for link-local ones.
 */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** For a bind to an IPv6 address: IPV6_V6ONLY, which excludes IPv4 peers (ipv6(7)). Unset, `::` takes them too. */
  readonly ipv6Only?: boolean;
}

/** Receives an address, so that a receive allocates only the text. */
export interface MutableAddress {
  host: string;
  port: number;
}
