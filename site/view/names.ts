/** Descriptors, events and calls as a program writes them. */
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import * as constants from "../../src/constants.ts";
import type { Action, Event } from "../session/actions.ts";
import type { LogEntry } from "../session/snapshot.ts";
import type { Words } from "../text/en.ts";

const BITS = [
  ["IN", constants.EPOLLIN],
  ["PRI", constants.EPOLLPRI],
  ["OUT", constants.EPOLLOUT],
  ["ERR", constants.EPOLLERR],
  ["HUP", constants.EPOLLHUP],
  ["NVAL", constants.POLLNVAL],
  ["RDHUP", constants.EPOLLRDHUP],
  ["EXCLUSIVE", constants.EPOLLEXCLUSIVE],
  ["ONESHOT", constants.EPOLLONESHOT],
  ["ET", constants.EPOLLET],
] as const;

/** `IN|RDHUP`. */
export function bitNames(events: number): string {
  const names = BITS.filter(([, bit]) => (events & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? "0" : names.join("|");
}

export const isInstance = (fd: number): boolean => fd >= INSTANCE_FD_BASE;

/** `fd 4`, or `ep 1` for an instance. */
export function nameOf(fd: number): string {
  return isInstance(fd) ? `ep ${fd - INSTANCE_FD_BASE + 1}` : `fd ${fd}`;
}

/** The name as an argument: `4`, `ep1`. */
const argument = (fd: number): string => (isInstance(fd) ? `ep${fd - INSTANCE_FD_BASE + 1}` : String(fd));

/** `4:IN 7:IN|RDHUP`. */
export function eventNames(events: readonly Event[]): string {
  return events.map(({ fd, events }) => `${argument(fd)}:${bitNames(events)}`).join(" ");
}

/** A call of the server's program, in C's words; undefined for what is not its own. */
export function callOf(action: Action): string | undefined {
  switch (action.call) {
    case "listen":
      return "listen()";
    case "accept":
      return `accept(${action.fd})`;
    case "recv":
      return `recv(${action.fd}${action.length === undefined ? "" : `, ${action.length}`})`;
    case "send":
      return `send(${action.fd}, ${action.length})`;
    case "shutdown":
      return `shutdown(${action.fd}, SHUT_WR)`;
    case "close":
      return `close(${argument(action.fd)})`;
    case "epoll_create":
      return "epoll_create1(0)";
    case "epoll_ctl": {
      const events = action.op === "del" ? "" : `, ${bitNames(action.events ?? 0)}`;
      return `epoll_ctl(${argument(action.ep)}, ${action.op.toUpperCase()}, ${argument(action.fd)}${events})`;
    }
    case "epoll_wait":
      return `epoll_wait(${argument(action.ep)}, events, ${action.most}, ${action.timeout})`;
    case "poll":
      return `poll({${action.fds.map(([fd, events]) => `${argument(fd)}:${bitNames(events)}`).join(", ")}}, ${action.timeout})`;
    case "select":
      return `select({${action.readers.map(argument).join(", ")}}, {${action.writers.map(argument).join(", ")}}, ${action.timeout})`;
    default:
      return undefined;
  }
}

/** What a call returned: `4:IN`, `12`, `EAGAIN`. */
export function resultOf({ action, outcome }: LogEntry, words: Words): string {
  if (outcome.asleep !== undefined && outcome.value < 0 && outcome.errno === undefined) return words.deeds.sleeps;
  if (outcome.errno !== undefined) return outcome.errno;
  if (outcome.events !== undefined && outcome.events.length > 0)
    return `${outcome.value} → ${eventNames(outcome.events)}`;
  if (action.call === "epoll_create") return nameOf(outcome.value);
  return String(outcome.value);
}

/** What a program does in an entry of the log: one of its calls, or a sleeper that looks again. */
export function programCallOf({ action }: LogEntry, words: Words): string | undefined {
  return action.call === "wake" ? words.deeds.wake(action.sleeper) : callOf(action);
}

/** An entry of the log in one line. */
export function sentenceOf(entry: LogEntry, words: Words): string {
  const { action, outcome } = entry;
  const call = callOf(action);
  if (call !== undefined) return `${call} = ${resultOf(entry, words)}`;
  const { deeds } = words;
  switch (action.call) {
    case "connect":
      return deeds.connect(outcome.value > 0 ? outcome.value : undefined, action.fd);
    case "client_send":
      return deeds.client_send(action.client, Math.max(outcome.value, 0));
    case "client_flood":
      return deeds.client_flood(action.client, Math.max(outcome.value, 0));
    case "client_recv":
      return deeds.client_recv(action.client, Math.max(outcome.value, 0));
    case "client_reads":
      return deeds.client_reads(action.client, action.on);
    case "client_shutdown":
    case "client_close":
    case "client_reset":
      return deeds[action.call](action.client);
    case "crowd":
      return deeds.crowd(action.count);
    case "advance":
      return deeds.advance(action.ms);
    case "wake":
      return `${deeds.wake(action.sleeper)} = ${resultOf(entry, words)}`;
    default:
      throw new Error(`no sentence for ${action.call}`);
  }
}

/** The five meanings of colour. */
export type Meaning = "data" | "interest" | "ready" | "delivered" | "asleep";

/** What an entry of the log is about. */
export function meaningOf({ action, outcome }: LogEntry): Meaning {
  if (outcome.events !== undefined && outcome.events.length > 0) return "delivered";
  if (outcome.asleep !== undefined) return "asleep";
  switch (action.call) {
    case "epoll_wait":
    case "poll":
    case "select":
    case "wake":
      return "asleep";
    case "epoll_create":
    case "epoll_ctl":
      return "interest";
    default:
      return "data";
  }
}
