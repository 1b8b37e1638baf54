/** The used part of a Worker's TCP sockets: https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/ */

export interface WorkersSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Rejects if the connection fails. Addresses are HOST:PORT, and not always known. */
  readonly opened: Promise<{ readonly remoteAddress?: string; readonly localAddress?: string }>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** `connect` of cloudflare:sockets. */
export type WorkersConnect = (
  address: { hostname: string; port: number },
  options: { allowHalfOpen: boolean; secureTransport: "off" },
) => WorkersSocket;
