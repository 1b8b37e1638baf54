/** Options of an embedder. */

import type { SocketAddress } from "../addresses/socket-address.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import type { Base, GrantedDirectory } from "../files/contract/base.ts";
import type { BaseName } from "../files/contract/base-names.ts";
import type { Refusal } from "../kernel/grants.ts";
import type { HostLimits, RunLimits } from "../kernel/limits.ts";
import type { Input, Output } from "../stdio/streams.ts";
import type { Story } from "../story/story.ts";
import type { CallStatistics } from "../trace/statistics.ts";
import type { TraceOptions } from "../trace/tracer.ts";

/** Options of `WasiHost.open`: what the guest is granted, and how it sleeps. */
export interface WasiHostOptions {
  /** argv. The first entry is the program's name. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Listening sockets: the descriptors of a module from 3 on; a component gets each by its first bind to that address. Text as for
   * `parseAddress`.
   */
  readonly listen?: readonly (string | SocketAddress)[];
  /** Open listening sockets of this process: descriptors of the operating system. They follow those of `listen`. */
  readonly listenFds?: readonly number[];
  /**
   * Whether listeners start NONBLOCK, as wasmtime's do. Default: false. `run` and `pollux run` set it for Go programs.
   */
  readonly nonblockingListeners?: boolean;
  /**
   * Addresses that the guest may connect to. All others are EACCES.
   *
   * HOST:PORT, where HOST is an address, a network (10.0.0.0/8, [fe80::/10]) or a name, and PORT a number, a range (80-90) or *;
   * unix:PATH for a Unix socket, unix:DIRECTORY/* for all in a directory. A name grants its lookup, and the addresses that its last
   * lookup found.
   */
  readonly connect?: readonly string[];
  /**
   * Addresses that the guest may listen on, in the same form without names; port 0 allows any port that the system chooses. All
   * others are EACCES.
   */
  readonly bind?: readonly string[];
  /** Grants every address to connect to and to listen on, and every name, like wasmtime's `-S inherit-network`. */
  readonly inheritNetwork?: boolean;
  /** Called for each call that is EACCES because its address is not granted. */
  readonly onRefused?: (refusal: Refusal) => void;
  /**
   * Granted directories by the guest's name: the host's path, or `{ path, readOnly }`. Their descriptors follow the
   * listeners'.
   */
  readonly dirs?: Readonly<Record<string, string | GrantedDirectory>>;
  /**
   * The file-system implementation (docs/host.md), by name or as an object with its own directories instead of `dirs`.
   * The host disposes it. Default: "minimal".
   */
  readonly base?: BaseName | Base;
  /** A driver's name (default: posix if available), or an open driver, which the caller disposes. */
  readonly driver?: Driver | string;
  readonly limits?: HostLimits;
  /** Called once if the guest uses the number of a missing listener (`describeMissingListener`). */
  readonly onMissingListener?: (fd: number) => void;
  /** Whether a guest can open a ready file (docs/architecture.md). Default: true. */
  readonly edgeSource?: boolean;
  /** Writes a line for each host call, as strace does. */
  readonly trace?: TraceOptions;
  /** Tells what the guest waits for, and why it wakes up, in place of a trace. @internal */
  readonly story?: Story;
  /** Counts host calls and their times. */
  readonly statistics?: CallStatistics;
  /**
   * How the guest sleeps (docs/host.md). "blocking" (default) blocks the thread; "suspending" suspends the guest and
   * leaves the event loop free, for `startAsync`; "stepping" is for programs that return to the host.
   */
  readonly sleep?: "blocking" | "suspending" | "stepping";
  /** Ends a suspending or stepping guest at its next sleep: `startAsync` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Standard input: text, bytes, or a stream of bytes, which needs a free event loop. Default: the process's. */
  readonly stdin?: Input;
  /**
   * Standard output: a function, or a stream, which needs a free event loop and stays open after the guest. Default:
   * the process's.
   */
  readonly stdout?: Output;
  readonly stderr?: Output;
}

/** The names of all options. */
export const HOST_OPTIONS: Readonly<Record<keyof WasiHostOptions, true>> = {
  args: true,
  env: true,
  listen: true,
  listenFds: true,
  nonblockingListeners: true,
  connect: true,
  bind: true,
  inheritNetwork: true,
  onRefused: true,
  onMissingListener: true,
  dirs: true,
  base: true,
  driver: true,
  limits: true,
  edgeSource: true,
  trace: true,
  story: true,
  statistics: true,
  sleep: true,
  signal: true,
  stdin: true,
  stdout: true,
  stderr: true,
};

/** Options of `run`. */
export interface RunOptions extends Omit<WasiHostOptions, "limits" | "sleep"> {
  readonly limits?: RunLimits;
  /**
   * How the guest sleeps. Default: the first possible of "stepping", "suspending" and "worker", which leave the event
   * loop free. "blocking" blocks the thread until the program exits.
   */
  readonly sleep?: "blocking" | "suspending" | "stepping" | "worker";
  /** Called with the listening addresses before the program starts. */
  readonly onListening?: (addresses: readonly SocketAddress[]) => void;
}

export const RUN_OPTIONS: Readonly<Record<keyof RunOptions, true>> = { ...HOST_OPTIONS, onListening: true };
