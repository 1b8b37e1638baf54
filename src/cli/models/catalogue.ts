/** The five I/O models in seven runs: multiplexing has three calls to wait in. */

export interface Model {
  readonly name: string;
  /** `dist/programs/models/*.wasm` */
  readonly program: string;
  readonly args: readonly string[];
  /** Number of slow senders. */
  readonly senders: number;
  /** Phase 1: who waits for the data. */
  readonly waits: string;
  /** Phase 2: who copies it to the program's memory. */
  readonly copies: string;
}

/** Number of senders that `assembly/programs/models/multiplexing.ts` expects. */
const SEVERAL = 3;

const multiplexing = (call: string): Model => ({
  name: call,
  program: "multiplexing",
  args: [call],
  senders: SEVERAL,
  waits: `caller, in ${call}`,
  copies: "caller, in recv",
});

export const MODELS: readonly Model[] = [
  {
    name: "blocking",
    program: "blocking",
    args: [],
    senders: 1,
    waits: "caller, in recv",
    copies: "caller, in recv",
  },
  {
    name: "non-blocking",
    program: "non-blocking",
    args: [],
    senders: 1,
    waits: "nobody: it calls again",
    copies: "caller, in recv",
  },
  multiplexing("select"),
  multiplexing("poll"),
  multiplexing("epoll"),
  {
    name: "signal-driven",
    program: "signal-driven",
    args: [],
    senders: 1,
    waits: "host, then a handler",
    copies: "caller, in recv",
  },
  {
    name: "asynchronous",
    program: "asynchronous",
    args: [],
    senders: 1,
    waits: "host",
    copies: "host",
  },
];
