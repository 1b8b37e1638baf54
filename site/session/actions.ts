/**
 * What a person or a script does, as plain JSON: calls of the server's program, and deeds of its clients.
 *
 * - A *fd* is a descriptor of the server's program. A *client* is the other end of a connection, numbered from 1 in the order of `connect`.
 * - An epoll instance has a descriptor as the engine numbers it: INSTANCE_FD_BASE and up.
 * - A call that would sleep returns `asleep`. It goes on as a *sleeper*, and a `wake` action is its next try.
 */

/** Pairs of a descriptor and its events: the entries of poll. */
export type PollEntry = readonly [fd: number, events: number];

export type Action =
  // The server's calls.
  | { readonly call: "listen"; readonly backlog?: number }
  | { readonly call: "accept"; readonly fd: number }
  /** At most `length` bytes; all that are there without it. */
  | { readonly call: "recv"; readonly fd: number; readonly length?: number }
  | { readonly call: "send"; readonly fd: number; readonly length: number }
  | { readonly call: "shutdown"; readonly fd: number }
  | { readonly call: "close"; readonly fd: number }
  | { readonly call: "epoll_create" }
  | {
      readonly call: "epoll_ctl";
      readonly ep: number;
      readonly op: "add" | "mod" | "del";
      readonly fd: number;
      readonly events?: number;
    }
  /** `timeout`: milliseconds; -1 waits for ever, 0 does not sleep. */
  | { readonly call: "epoll_wait"; readonly ep: number; readonly most: number; readonly timeout: number }
  | { readonly call: "poll"; readonly fds: readonly PollEntry[]; readonly timeout: number }
  | {
      readonly call: "select";
      readonly readers: readonly number[];
      readonly writers: readonly number[];
      readonly timeout: number;
    }
  // The clients' deeds.
  | { readonly call: "connect"; readonly fd: number }
  | { readonly call: "client_send"; readonly client: number; readonly length: number }
  /** Sends until the kernel takes no more. */
  | { readonly call: "client_flood"; readonly client: number }
  /** Takes at most `length` bytes; all that are there without it. */
  | { readonly call: "client_recv"; readonly client: number; readonly length?: number }
  /** From now on the client takes everything at once (it does at first), or nothing. */
  | { readonly call: "client_reads"; readonly client: number; readonly on: boolean }
  /** Half-close: the client sends no more. */
  | { readonly call: "client_shutdown"; readonly client: number }
  | { readonly call: "client_close"; readonly client: number }
  | { readonly call: "client_reset"; readonly client: number }
  // The world's.
  /** `count` accepted connections that nobody uses; an instance watches them with EPOLLIN if `ep` is given. */
  | { readonly call: "crowd"; readonly count: number; readonly ep?: number }
  /** Time passes: milliseconds. */
  | { readonly call: "advance"; readonly ms: number }
  /** A sleeper looks again. Sessions add this by themselves when a sleeper may have something to report. */
  | { readonly call: "wake"; readonly sleeper: number };

export type CallName = Action["call"];

/** One event of epoll_wait, or one entry of poll with revents, or one member of select's sets. */
export interface Event {
  readonly fd: number;
  /** EPOLL* or POLL* bits. */
  readonly events: number;
}

/** What an action gave. */
export interface Outcome {
  /** The return value: a descriptor, a count, a client's number; -1 with `errno`, or while the call sleeps. */
  readonly value: number;
  /** "EAGAIN" and the like. */
  readonly errno?: string;
  /** What a wait reported, in its order. */
  readonly events?: readonly Event[];
  /** The number of the sleeper that this call has become, or still is. */
  readonly asleep?: number;
}
