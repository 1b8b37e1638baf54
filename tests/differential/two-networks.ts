/**
 * Differences of two networks that both behave like Linux: left out only where the engine's streams are simulated and
 * the kernel's are its own. (`unobservable.ts` has the states that the kernel does not show.)
 *
 * 1. *How much fits into a socket's buffers.* The kernel counts pages and headers beside the bytes. So sequences write
 *    little, or until nothing fits; a full buffer is read to its end before the next write. Pipes are compared
 *    completely: their pages are known.
 * 2. *A full TCP connection.* The kernel's buffers grow and shrink while they fill, and each acknowledgement makes room
 * for a moment and wakes the sender, depending on the machine's load: connections are not filled.
 * (`conformance/driver-comparison.test.ts` fills them, and separates what can be compared.)
 * 3. *Features of the kernel alone*: urgent data, and files that epoll refuses.
 * 4. *A reset after the end of a stream*, on Node's sockets: nobody reads a socket after its end, so only a write
 * notices it. So a socket with a shut down write side is read to its end before it is closed, and not reset.
 * 5. *The order in which one call wakes the ends of connections*, on Node's sockets: first one's own end, then the
 * others when their thread has acted.
 */
import type { Operation } from "./sequences.ts";
import type { Side } from "./side.ts";

type Kind = Operation["kind"];

export class TwoNetworks {
  readonly #sockets: "node" | "simulated";
  readonly #peers = new Map<string, string>();
  readonly #pipes = new Set<string>();
  readonly #connections = new Set<string>();
  /** Sockets filled, and not read to the end since. */
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

  /** Whether that many bytes may sometimes be written to it at once. */
  takesMuch(stream: string): boolean {
    return this.#pipes.has(stream);
  }
}
