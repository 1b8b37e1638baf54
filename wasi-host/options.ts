/** What an embedder says about a guest. */
import type { Base } from "./bases/base.ts";
import type { BaseName } from "./bases/index.ts";
import type { Driver, SocketAddress } from "./drivers/driver.ts";
import type { Refusal } from "./grants.ts";
import type { HostLimits, RunLimits } from "./limits.ts";
import type { Input, Output } from "./stdio/streams.ts";
import type { CallStatistics } from "./trace/statistics.ts";
import type { TraceOptions } from "./trace/tracer.ts";

export interface WasiHostOptions {
  /** argv, the program's own name first. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Listening sockets, which are the guest's descriptors from 3 on. Text as `parseAddress` takes it. */
  readonly listen?: readonly (string | SocketAddress)[];
  /** Listening sockets that this process has open: the operating system's descriptors. They follow those of `listen`. */
  readonly listenFds?: readonly number[];
  /**
   * Do inherited listeners begin NONBLOCK, as wasmtime's do? Default: not, as everywhere else, and a plain accept waits.
   * `run` and `pollux run` say yes for Go's programs (`running/go.ts`).
   */
  readonly nonblockingListeners?: boolean;
  /**
   * Where the guest may connect to by itself: HOST:PORT, with HOST an address or all that begin alike (10.0.0.0/8,
   * [fe80::/10]), and PORT a number, a range (80-90) or *. All else is EACCES.
   */
  readonly connect?: readonly string[];
  /** Where the guest may listen by itself, in the same form; port 0 allows what the system chooses. All else is EACCES. */
  readonly bind?: readonly string[];
  /** Is told of each call that got EACCES because nothing granted its address. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** Granted directories: the guest's name of each, and the host's path. Their descriptors follow the listeners'. */
  readonly dirs?: Readonly<Record<string, string>>;
  /**
   * Whose files and directories they are (docs/host.md): by name (default: "minimal", our own), or a base that somebody else
   * made, with its own directories in place of `dirs`. The host disposes of it.
   */
  readonly base?: BaseName | Base;
  /** By name (default: posix), or one that somebody else opened and will dispose of. */
  readonly driver?: Driver | string;
  readonly limits?: HostLimits;
  /** Grant a ready file, and name it to the guest in POLLUX_READY_FD. Default: yes. */
  readonly edgeSource?: boolean;
  /** A line for each host call, as strace writes them. Without it the calls are not even wrapped. */
  readonly trace?: TraceOptions;
  /** Counts host calls, and how long they take. */
  readonly statistics?: CallStatistics;
  /**
   * How a guest's calls sleep (docs/host.md). "blocking", which is the default, puts the thread to sleep; "suspending"
   * puts the guest aside, and the event loop is free: for `startAsync`. Stepped programs need neither.
   */
  readonly sleep?: "blocking" | "suspending" | "stepping";
  /** Ends a guest that suspends or steps, at its next sleep: `startAsync` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * What the guest reads: text or bytes, or a stream of bytes (Node's and the web's are such), which needs a way to sleep
   * that leaves the event loop free. Default: the process's own.
   */
  readonly stdin?: Input;
  /**
   * Where the guest's output goes: a function that takes it all, or a stream of Node's or the web's, which the guest waits
   * for; that needs a way to sleep that leaves the event loop free. A stream is not ended with the guest. Default: the
   * process's own.
   */
  readonly stdout?: Output;
  readonly stderr?: Output;
}

/** What `run` is told. */
export interface RunOptions extends Omit<WasiHostOptions, "limits" | "sleep"> {
  readonly limits?: RunLimits;
  /**
   * How the guest sleeps. Default: the first of "stepping", "suspending" and "worker" that is there; all of them leave the
   * event loop free. "blocking" takes the thread until the program has ended.
   */
  readonly sleep?: "blocking" | "suspending" | "stepping" | "worker";
  /** Is told where the listeners are, before the program starts. */
  readonly onListening?: (addresses: readonly SocketAddress[]) => void;
}
