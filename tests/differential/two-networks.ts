/**
 * What two networks show differently by their nature, though both do as Linux does: left out where the engine's
 * streams are
 * simulated and the kernel's are its own, and only there. (For what the kernel does not show, see `unobservable.ts`.)
 *
 * 1. *How much fits into a socket's buffers.* The kernel counts pages and headers beside the bytes. So sequences write
 *    little, or until nothing fits any more; what is full is read to its end before anything else is written to it. Of
 * pipes
 *    everything is compared: their pages are known.
 * 2. *A full TCP connection.* The kernel's buffers grow and shrink while they fill, every acknowledgement makes room
 * for a
 *    moment and wakes the sender, and how often that is depends on the load of the machine: connections are not filled.
 *    (`conformance/driver-comparison.test.ts` fills them, and takes apart what can be compared.)
 * 3. *What only the kernel has*: urgent data, and files that epoll refuses.
 * 4. *A reset behind the end of a stream*, on sockets of Node's: nobody reads a socket behind its end, and it is
 * noticed when
 *    something is written. So a socket that has shut down its write side is read to its end before it is closed, and
 * not reset.
 * 5. *The order in which one call wakes the ends of connections*, on sockets of Node's: one's own end first, the
 * others when
 *    their thread has done its part.
 */
import type { Operation } from "./sequences.ts";
import type { Side } from "./side.ts";

type Kind = Operation["kind"];

export class TwoNetworks {
  readonly #sockets: "node" | "simulated";
  readonly #peers = new Map<string, string>();
  readonly #pipes = new Set<string>();
  readonly #connections = new Set<string>();
  /** Sockets that were filled and not read to the end since. */
  readonly #full = new Set<string>();

  /** Streams and connections that have shut down their write sides. */
  readonly #ended = new Set<string>();

  constructor(sockets: "node" | "simulated") {
    this.#sockets = sockets;
  }

  paired(first: string, second: string): void {
    this.#peers.set(first, second).set(second, first);
  }

  piped(reader: string, writer: string): void {
    this.#pipes.add(reader).add(writer);
  }

  connected(name: string): void {
    this.#connections.add(name);
  }

  shutDown(name: string, side: Side): void {
    if (side !== "read") this.#ended.add(name);
  }

  /** Whether unread data, or a reset, comes after the end of the stream. */
  endsQuietly(name: string): boolean {
    return this.#sockets === "node" && this.#ended.has(name) && this.#connections.has(name);
  }

  closed(name: string): void {
    // Both networks refuse writes to a closed peer.
    const peer = this.#peers.get(name);
    if (peer !== undefined) this.#full.delete(peer);
  }

  /** The operation to make instead; undefined for none. */
  instead(kind: Kind, stream: string): Kind | undefined {
    if (kind === "urgent") return undefined;
    if (this.#pipes.has(stream)) return kind;
    if (kind === "fill" && this.#connections.has(stream)) return "send";
    if ((kind === "send" || kind === "fill") && this.#full.has(stream)) return undefined;
    if (kind === "fill") this.#full.add(stream);
    const peer = this.#peers.get(stream);
    if ((kind !== "recv" && kind !== "drain") || peer === undefined || !this.#full.delete(peer)) return kind;
    return "drain";
  }

  /** May so many bytes be written to it at once, now and then? */
  takesMuch(stream: string): boolean {
    return this.#pipes.has(stream);
  }
}
