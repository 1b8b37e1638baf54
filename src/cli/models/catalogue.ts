/** The five I/O models in seven runs: multiplexing has three calls to wait in. */

export interface Model {
  readonly name: string;
  /** `dist/programs/models/*.wasm` */
  readonly program: string;
  readonly args: readonly string[];
  /** Number of slow senders. */
  readonly senders: number;
  /** Phase 1: the call that waits for the data, or the host. */
  readonly waits: string;
  /** Phase 2: the call that copies it to the program's memory, or the host. */
  readonly copies: string;
}

/** Number of senders that `assembly/programs/models/multiplexing.ts` expects. */
const SEVERAL = 3;

const multiplexing = (call: string): Model => ({
  name: call,
  program: "multiplexing",
  args: [call],
  senders: SEVERAL,
  waits: call,
  copies: "recv",
});

export const MODELS: readonly Model[] = [
  {
    name: "blocking",
    program: "blocking",
    args: [],
    senders: 1,
    waits: "recv",
    copies: "recv",
  },
  {
    name: "non-blocking",
    program: "non-blocking",
    args: [],
    senders: 1,
    waits: "-",
    copies: "recv",
  },
  multiplexing("select"),
  multiplexing("poll"),
  multiplexing("epoll"),
  {
    name: "signal-driven",
    program: "signal-driven",
    args: [],
    senders: 1,
    waits: "the host",
    copies: "recv",
  },
  {
    name: "asynchronous",
    program: "asynchronous",
    args: [],
    senders: 1,
    waits: "the host",
    copies: "the host",
  },
];
