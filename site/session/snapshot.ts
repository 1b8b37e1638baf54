/**
 * Everything that a page shows after a step, as plain data that can be posted between threads.
 *
 * What an instance and its watches look like is read from the linear memory of the engine, by its layouts. The sockets are the
 * simulated network's.
 */
import type { Action, Event, Outcome } from "./actions.ts";

/** A side of a socket's buffers. */
export interface Buffer {
  /** Bytes in it. */
  readonly length: number;
  readonly capacity: number;
}

/** A descriptor of the server's program that is a socket. */
export interface SocketState {
  readonly fd: number;
  /** "listener", "stream". */
  readonly kind: "listener" | "stream";
  /** The client at the other end; undefined for a listener. */
  readonly client?: number;
  /** Bytes that arrived and were not read. Of a listener: connections that wait, and its backlog. */
  readonly receive: Buffer;
  /** The first bytes of the receive buffer, at most MAX_CONTENT. */
  readonly content: Uint8Array;
  /** Bytes that were sent and did not arrive at the client. */
  readonly send: Buffer;
  /** EPOLL* bits that hold now: the level. */
  readonly readiness: number;
  /** The client sends no more. */
  readonly ended: boolean;
  /** The server sends no more. */
  readonly shut: boolean;
  readonly reset: boolean;
}

/** The other end of a connection. */
export interface ClientState {
  readonly client: number;
  /** The server's descriptor; undefined until it is accepted, and after its close. */
  readonly fd?: number;
  /** The listener that it has connected to. */
  readonly listener: number;
  /** "waiting": not accepted yet. "refused": nothing listened. */
  readonly state: "waiting" | "connected" | "refused" | "reset" | "closed";
  /** Whether it takes what arrives. */
  readonly reads: boolean;
  /** It has half-closed. */
  readonly shut: boolean;
  /** Bytes that arrived and that it did not take. */
  readonly receive: Buffer;
  /** Bytes that it sent and that did not arrive at the server. */
  readonly send: Buffer;
  /** All bytes that it has sent, and all that it has taken. */
  readonly sent: number;
  readonly taken: number;
}

/** The state machine of assembly/engine/trigger.ts. */
export type WatchMode = "idle" | "queued" | "silent";

/**
 * Why a watch is in its state:
 *
 * - idle: "waiting" nothing has happened; "unread" readiness holds, but only a new event would queue an edge-triggered watch: a program
 *   that waits now may sleep for ever; "edge-delivered" this step has reported it; "dropped" its turn came, and it was not ready any more
 * - queued: "ready-at-ctl" it was ready when it was added or modified; "wakeup" something happened; "level" it was reported, and is
 *   looked at again by the next wait; "queued" it stays from an earlier step; "known-empty" it is queued, but the program has met EAGAIN since
 * - silent: "oneshot" it was reported once, and EPOLL_CTL_MOD revives it
 */
export type Why =
  | "waiting"
  | "unread"
  | "edge-delivered"
  | "dropped"
  | "ready-at-ctl"
  | "wakeup"
  | "level"
  | "queued"
  | "known-empty"
  | "oneshot";

export interface WatchState {
  readonly fd: number;
  /** The instance's descriptor. */
  readonly ep: number;
  /** Address in linear memory: also the id of its region. */
  readonly address: number;
  /** EPOLL* bits that it asks for, without flags. */
  readonly interest: number;
  readonly trigger: "level" | "edge";
  readonly oneshot: boolean;
  readonly exclusive: boolean;
  /** `fd` is an instance. */
  readonly nested: boolean;
  readonly state: WatchMode;
  readonly why: Why;
  /** This step's wait has reported it. */
  readonly delivered: boolean;
  /** The readiness when the engine has last seen it. */
  readonly known: number;
  /** What is true at this moment, by a look at the socket. For a nested instance: 0 or EPOLLIN. */
  readonly readiness: number;
  /** Its place in the ready list, from 0; -1 if it is not queued. */
  readonly place: number;
}

export interface InstanceState {
  readonly ep: number;
  /** 1 for the first instance, and so on: what a person calls it. */
  readonly number: number;
  readonly address: number;
  /** Descriptors on the ready list, in order; at most MAX_SHOWN. */
  readonly ready: readonly number[];
  readonly readyCount: number;
  /** Watches in the order of their descriptors, at most MAX_SHOWN; a crowd's are left out. */
  readonly watches: readonly WatchState[];
  /** How many watches there are, with those left out. */
  readonly watchCount: number;
  /** Sleepers in a wait on it. */
  readonly sleepers: readonly number[];
}

/** A call that sleeps. */
export interface SleeperState {
  readonly sleeper: number;
  readonly action: Action;
  /** The step that it began in. */
  readonly step: number;
  /** Virtual milliseconds; undefined: for ever. */
  readonly deadline?: number;
}

/** A field of a structure, as assembly/ names it. */
export interface FieldState {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** A decimal number; 64-bit ones as text. */
  readonly value: number | string;
  /** Address of the region that a pointer points to; undefined for null and for other fields. */
  readonly to?: number;
  /** A byte of it differs from the step before. */
  readonly changed: boolean;
}

/** A structure in linear memory. */
export interface Region {
  readonly structure: "Instance" | "Watch" | "Descriptor" | "epoll_event" | "pollfd";
  readonly address: number;
  readonly bytes: Uint8Array;
  /** 1 for each byte that differs from the step before; a new region differs in all that is not 0. */
  readonly changed: Uint8Array;
  readonly fields: readonly FieldState[];
  /** The descriptor that it is about. */
  readonly fd: number;
  /** The instance that it belongs to: of an Instance, a Watch and an epoll_event. */
  readonly ep?: number;
}

export interface MemoryState {
  /** Bytes of linear memory. */
  readonly size: number;
  /** In the order of their addresses. */
  readonly regions: readonly Region[];
}

export interface LogEntry {
  readonly step: number;
  /** Virtual milliseconds. */
  readonly time: number;
  readonly action: Action;
  readonly outcome: Outcome;
  /** Of a script: its line, from 1. */
  readonly line?: number;
  /** Of a script with several workers: which. */
  readonly worker?: number;
}

export interface Snapshot {
  /** Number of actions done. */
  readonly step: number;
  /** Number of actions in the session: `step` is smaller after going back. */
  readonly steps: number;
  /** Virtual milliseconds since the start. */
  readonly time: number;
  readonly sockets: readonly SocketState[];
  readonly clients: readonly ClientState[];
  /** Sockets of crowds, which the lists leave out. */
  readonly crowd: number;
  readonly instances: readonly InstanceState[];
  readonly sleepers: readonly SleeperState[];
  readonly memory: MemoryState;
  /** The last actions, at most MAX_LOG; the newest is last. */
  readonly log: readonly LogEntry[];
  /** What the last action reported. */
  readonly delivered: readonly Event[];
}

/** Bytes of a receive buffer that a snapshot has. */
export const MAX_CONTENT = 64;
/** Entries of a list that a snapshot has. */
export const MAX_SHOWN = 64;
export const MAX_LOG = 200;
