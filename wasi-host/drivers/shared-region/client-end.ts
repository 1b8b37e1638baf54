/** The client end's half of the region: takes and releases channels, sends requests, and gets notices. */
import { Errno } from "../../abi/errno.ts";
import { SystemError } from "../../errors/system-error.ts";
import { Endpoint } from "../endpoints/endpoint.ts";
import type { Channel } from "./channel.ts";
import { ACCEPTED, KEEPS_OPTIONS, KIND, NOTICE_FREE, REQUEST_RECYCLE } from "./layout.ts";
import type { Link } from "./link.ts";
import type { SharedRegion } from "./region.ts";
import { Signals } from "./signals.ts";

/** The endpoint of a socket that the I/O end owns. */
export abstract class ChannelEndpoint extends Endpoint {
  readonly channel: Channel;
  protected readonly client: ClientEnd;

  constructor(client: ClientEnd, channel: Channel) {
    super();
    this.client = client;
    this.channel = channel;
    client.attach(this);
  }

  /** Handles notices of the channel (`NOTICE_` bits). */
  abstract notice(bits: number): void;
  /** Whether the I/O end has opened it or failed to. */
  abstract readonly settled: boolean;
}

export class ClientEnd {
  readonly #region: SharedRegion;
  readonly #link: Link;
  readonly #notices: Signals;
  readonly #requests: Signals;
  readonly #endpoints: (ChannelEndpoint | undefined)[] = [];
  readonly #free: Channel[] = [];
  /** The channels of our sockets that the I/O end has not released. */
  readonly #busy = new Set<number>();

  constructor(region: SharedRegion, link: Link) {
    this.#region = region;
    this.#link = link;
    this.#notices = Signals.notices(region);
    this.#requests = Signals.requests(region);
  }

  /** Whether the I/O end's sockets keep options. */
  get keepsOptions(): boolean {
    return this.#region.control[KEEPS_OPTIONS] !== 0;
  }

  /** Takes a channel for a new socket. Throws EMFILE. */
  take(kind: number): Channel {
    const channel = this.#free.pop() ?? this.#region.fresh();
    if (channel === undefined) throw new SystemError(Errno.MFILE, "socket");
    channel.clear();
    channel.set(KIND, kind);
    return channel;
  }

  /** Takes a channel that the I/O end has opened. */
  channel(index: number): Channel {
    return this.#region.channel(index);
  }

  attach(endpoint: ChannelEndpoint): void {
    const { index } = endpoint.channel;
    this.#busy.add(index);
    this.#endpoints[index] = endpoint;
  }

  /** The handle is closed: later notices are ignored. */
  detach(endpoint: ChannelEndpoint): void {
    this.#endpoints[endpoint.channel.index] = undefined;
  }

  /** Whether the I/O end has released the channel of every socket. */
  get idle(): boolean {
    return this.#busy.size === 0;
  }

  request(channel: Channel, bits: number): void {
    if (this.#requests.raise(channel, bits)) this.#link.wakeIoEnd();
  }

  get taken(): number {
    return this.#notices.taken;
  }

  get pending(): boolean {
    return this.#notices.pending;
  }

  /** Handles the notices that the I/O end has queued. */
  takeNotices(): void {
    for (let channel = this.#notices.next(); channel !== undefined; channel = this.#notices.next()) {
      const bits = this.#notices.take(channel);
      if ((bits & NOTICE_FREE) !== 0) this.#freed(channel);
      else this.#endpoints[channel.index]?.notice(bits);
    }
  }

  #freed(channel: Channel): void {
    // A connection that was never accepted is none of them.
    this.#busy.delete(channel.index);
    if (channel.word(ACCEPTED) === 0) this.#free.push(channel);
    else this.request(channel, REQUEST_RECYCLE);
  }
}
