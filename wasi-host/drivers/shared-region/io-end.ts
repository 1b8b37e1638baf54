/** The I/O end's half of the region: serves requests, and reports events of sockets. */
import { errnoOfCode } from "../../abi/errno.ts";
import type { Channel } from "./channel.ts";
import { IoDatagrams } from "./io-datagrams.ts";
import { IoListener } from "./io-listener.ts";
import { IoStream } from "./io-stream.ts";
import {
  ACCEPTED,
  ERROR,
  KEEPS_OPTIONS,
  KIND,
  KIND_DATAGRAMS,
  KIND_LISTENER,
  KIND_STDIN,
  KIND_STREAM,
  NOTICE_FREE,
  NOTICE_STATE,
  REQUEST_CLOSE,
  REQUEST_OPEN,
  REQUEST_RECYCLE,
  STATE,
  STATE_FAILED,
} from "./layout.ts";
import type { Network } from "./network.ts";
import type { SharedRegion } from "./region.ts";
import type { Registry, Server } from "./server.ts";
import { Signals } from "./signals.ts";

export class IoEnd implements Registry {
  readonly network: Network;
  readonly #region: SharedRegion;
  readonly #notices: Signals;
  readonly #requests: Signals;
  readonly #wakeClient: () => void;
  readonly #servers: (Server | undefined)[] = [];
  /** Channels of incoming connections. */
  readonly #free: Channel[] = [];
  #running = false;

  /** `wakeClient`: called when there are notices for the client end. */
  constructor(region: SharedRegion, network: Network, wakeClient: () => void) {
    this.#region = region;
    this.network = network;
    this.#wakeClient = wakeClient;
    this.#notices = Signals.notices(region);
    this.#requests = Signals.requests(region);
    region.control[KEEPS_OPTIONS] = network.keepsOptions ? 1 : 0;
  }

  get pending(): boolean {
    return this.#requests.pending;
  }

  /** Serves the queued requests. */
  run(): void {
    // On the client end's thread, serving can queue more requests: the loop below takes them.
    if (this.#running) return;
    this.#running = true;
    for (let channel = this.#requests.next(); channel !== undefined; channel = this.#requests.next()) {
      this.#serve(channel, this.#requests.take(channel));
    }
    this.#running = false;
  }

  #serve(channel: Channel, bits: number): void {
    if ((bits & REQUEST_OPEN) !== 0) this.#open(channel);
    if ((bits & REQUEST_RECYCLE) !== 0) this.#free.push(channel);
    else if (this.#servers[channel.index] !== undefined) this.#servers[channel.index]!.request(bits);
    else if ((bits & REQUEST_CLOSE) !== 0) this.release(channel); // never opened
  }

  /** An exception of the network is a refusal. */
  #open(channel: Channel): void {
    try {
      this.#servers[channel.index] = this.#serverFor(channel);
    } catch (error) {
      channel.set(ERROR, errnoOfCode((error as { code?: string }).code));
      channel.set(STATE, STATE_FAILED);
      this.notify(channel, NOTICE_STATE);
    }
  }

  #serverFor(channel: Channel): Server {
    switch (channel.word(KIND)) {
      case KIND_LISTENER:
        return new IoListener(this, channel);
      case KIND_DATAGRAMS:
        return new IoDatagrams(this, channel);
      case KIND_STDIN:
        return IoStream.standardInput(this, channel);
      default:
        return IoStream.connect(this, channel);
    }
  }

  take(): Channel | undefined {
    const channel = this.#free.pop() ?? this.#region.fresh();
    if (channel === undefined) return undefined;
    channel.clear();
    channel.set(KIND, KIND_STREAM);
    channel.set(ACCEPTED, 1);
    return channel;
  }

  serve(channel: Channel, server: Server): void {
    this.#servers[channel.index] = server;
  }

  serverOf(index: number): Server | undefined {
    return this.#servers[index];
  }

  notify(channel: Channel, bits: number): void {
    if (this.#notices.raise(channel, bits)) this.#wakeClient();
  }

  release(channel: Channel): void {
    this.#servers[channel.index] = undefined;
    this.notify(channel, NOTICE_FREE);
  }
}
