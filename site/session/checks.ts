/** Checks of actions that come from an address or a file: what is wrong is said in one line, with the action's number. */
import type { CallName } from "./actions.ts";
import { MAX_CROWD_STEP, MAX_EVENTS, MAX_LENGTH, MAX_MEMBERS, MAX_MS } from "./limits.ts";

/** An argument: its name, and whether it may be left out. Its kind says which values are allowed. */
export interface Parameter {
  readonly name: string;
  readonly kind: Kind;
  readonly optional?: true;
}

export type Kind =
  | "fd"
  | "client"
  | "length"
  | "most"
  | "timeout"
  | "op"
  | "events"
  | "fds"
  | "entries"
  | "flag"
  | "crowd"
  | "ms"
  | "count";

export const OPS = ["add", "mod", "del"] as const;
const MAX_FD = 0x7fff_ffff;
const MAX_BITS = 0xffff_ffff;

const whole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const isFd = (value: unknown) => whole(value, 0, MAX_FD);

/** Whether a value is allowed for a kind. */
export const ALLOWED: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  fd: isFd,
  client: (value) => whole(value, 1, MAX_FD),
  length: (value) => whole(value, 0, MAX_LENGTH),
  most: (value) => whole(value, -1, MAX_EVENTS),
  timeout: (value) => whole(value, -1, MAX_MS),
  op: (value) => OPS.includes(value as (typeof OPS)[number]),
  events: (value) => whole(value, 0, MAX_BITS),
  fds: (value) => Array.isArray(value) && value.length <= MAX_MEMBERS && value.every(isFd),
  entries: (value) => Array.isArray(value) && value.length <= MAX_MEMBERS && value.every(isEntry),
  flag: (value) => typeof value === "boolean",
  crowd: (value) => whole(value, 1, MAX_CROWD_STEP),
  ms: (value) => typeof value === "number" && value >= 0 && value <= MAX_MS,
  count: (value) => whole(value, 0, MAX_FD),
};

function isEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isFd(value[0]) && whole(value[1], 0, 0xffff);
}

const fd: Parameter = { name: "fd", kind: "fd" };
const client: Parameter = { name: "client", kind: "client" };
const length: Parameter = { name: "length", kind: "length" };
const timeout: Parameter = { name: "timeout", kind: "timeout" };
const maybe = (parameter: Parameter): Parameter => ({ ...parameter, optional: true });

/** The parameters of each call, in the order of an address. */
export const PARAMETERS: Readonly<Record<CallName, readonly Parameter[]>> = {
  listen: [{ name: "backlog", kind: "count", optional: true }],
  accept: [fd],
  recv: [fd, maybe(length)],
  send: [fd, length],
  shutdown: [fd],
  close: [fd],
  epoll_create: [],
  epoll_ctl: [
    { ...fd, name: "ep" },
    { name: "op", kind: "op" },
    fd,
    { name: "events", kind: "events", optional: true },
  ],
  epoll_wait: [{ ...fd, name: "ep" }, { name: "most", kind: "most" }, timeout],
  poll: [{ name: "fds", kind: "entries" }, timeout],
  select: [{ name: "readers", kind: "fds" }, { name: "writers", kind: "fds" }, timeout],
  connect: [fd],
  client_send: [client, length],
  client_flood: [client],
  client_recv: [client, maybe(length)],
  client_reads: [client, { name: "on", kind: "flag" }],
  client_shutdown: [client],
  client_close: [client],
  client_reset: [client],
  crowd: [
    { name: "count", kind: "crowd" },
    { ...fd, name: "ep", optional: true },
  ],
  advance: [{ name: "ms", kind: "ms" }],
  wake: [{ name: "sleeper", kind: "client" }],
};

/** What is wrong with a value that should be an action; undefined if nothing is. */
export function wrongIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "no action";
  const { call, ...rest } = value as { call?: unknown } & Record<string, unknown>;
  if (typeof call !== "string" || !Object.hasOwn(PARAMETERS, call)) return `no call '${String(call).slice(0, 40)}'`;
  const parameters = PARAMETERS[call as CallName];
  for (const { name, kind, optional } of parameters) {
    if (rest[name] === undefined && optional === true) continue;
    if (!ALLOWED[kind](rest[name])) return `${call}: ${name} is out of range`;
  }
  const extra = Object.keys(rest).find((name) => !parameters.some((parameter) => parameter.name === name));
  return extra === undefined ? undefined : `${call} has no '${extra.slice(0, 40)}'`;
}
