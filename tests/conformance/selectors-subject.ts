/** The selector classes, and the ways to wait with them, over which one suite runs. */
import {
  Core,
  type CoreOptions,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  type Fileno,
  PollSelector,
  type ReadyKey,
  SelectSelector,
  Socket,
  type WaitOptions,
} from "../../src/index.ts";

const classes = [SelectSelector, PollSelector, EpollSelector];
export const CLASSES = classes.map((Selector) => ({ name: Selector.name, Selector }));
export const BOTH = EVENT_READ | EVENT_WRITE;

/** Any selector, with data of any kind. */
export type AnySelector = InstanceType<(typeof classes)[number]>;

interface Way {
  readonly name: string;
  readonly options: CoreOptions;
  /** Whether the thread sleeps. */
  readonly blocks: boolean;
  readonly select: (selector: AnySelector, timeout?: number, options?: WaitOptions) => Promise<Ready>;
}

type Ready = ReadyKey<unknown, Fileno>[];

const select: Way["select"] = (selector, timeout, options) => selector.select(timeout, options);
const selectSync: Way["select"] = async (selector, timeout) => selector.selectSync(timeout);

const WAYS: readonly Way[] = [
  { name: "select", options: {}, blocks: false, select },
  { name: "selectSync", options: {}, blocks: true, select: selectSync },
  {
    name: "selectSync, edges made from levels",
    options: { edgeSource: false },
    blocks: true,
    select: selectSync,
  },
  { name: "select, simulated network", options: { driver: "simulated" }, blocks: false, select },
];

/** Every class in every way. */
export const SUBJECTS = CLASSES.flatMap(({ name, Selector }) =>
  WAYS.map((way) => ({ ...way, name: `${name}, ${way.name}`, Selector })),
);

/** The resources of a test, closed with it. */
export class Bench implements Disposable {
  readonly core: Core;

  static async open(options: CoreOptions = {}): Promise<Bench> {
    return new Bench(await Core.open(options));
  }

  private constructor(core: Core) {
    this.core = core;
  }

  pair(): [Socket, Socket] {
    return Socket.pair(this.core);
  }

  /** A listener, a connection to it, and the accepted socket. */
  async connection(): Promise<[listener: Socket, client: Socket, server: Socket]> {
    const listener = Socket.listen(this.core, "127.0.0.1:0");
    const client = Socket.connect(this.core, listener.localAddress!);
    let server: Socket | undefined;
    while ((server = listener.accept()) === undefined) await new Promise(setImmediate);
    return [listener, client, server];
  }

  [Symbol.dispose](): void {
    this.core.dispose();
  }
}

/** The reported descriptors and masks, in any order. */
export function shown(ready: Ready): [fd: number, mask: number][] {
  return ready.map(([{ fd }, mask]): [number, number] => [fd, mask]).sort(([one], [other]) => one - other);
}

export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

export const text = (string: string) => new TextEncoder().encode(string);
