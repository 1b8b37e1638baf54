/** The calls that a script is given. Each does an action of the session, with the script's line. */
import * as numbers from "../../assembly/abi/errno.ts";
import * as constants from "../../src/constants.ts";
import type { Action, Outcome } from "../session/actions.ts";
import { wrongIn } from "../session/checks.ts";
import type { Budget } from "./budget.ts";
import { Builtin, Fields, ScriptError, Suspension, shown, type Value } from "./values.ts";

/** What the calls need of the scheduler. */
export interface Host {
  act(action: Action, line: number): Outcome;
  spawn(callee: Value, values: readonly Value[], line: number): number;
  print(text: string, line: number): void;
}

const MAX_OUTPUT = 2_000;
const OPS: ReadonlyMap<Value, "add" | "mod" | "del"> = new Map([
  [constants.EPOLL_CTL_ADD, "add"],
  [constants.EPOLL_CTL_MOD, "mod"],
  [constants.EPOLL_CTL_DEL, "del"],
]);
/** Calls whose arguments are the fields of their action, in order. They return a number: a count, or a negated errno. */
const PLAIN: Readonly<Partial<Record<Action["call"], readonly string[]>>> = {
  listen: ["backlog"],
  accept: ["fd"],
  recv: ["fd", "length"],
  send: ["fd", "length"],
  shutdown: ["fd"],
  close: ["fd"],
  epoll_create: [],
  connect: ["fd"],
  client_send: ["client", "length"],
  client_flood: ["client"],
  client_recv: ["client", "length"],
  client_reads: ["client", "on"],
  client_shutdown: ["client"],
  client_close: ["client"],
  client_reset: ["client"],
  crowd: ["count", "ep"],
};

/** All names that a script knows. */
export function globalsOf(host: Host, budget: Budget): Map<string, Value> {
  const globals = new Map<string, Value>();
  const give = (name: string, call: Builtin["call"]) => globals.set(name, new Builtin(name, call));
  for (const [name, value] of Object.entries(constants)) globals.set(name, value >>> 0);
  for (const [name, value] of Object.entries(numbers)) globals.set(name, value);

  const act = (action: object, line: number): Outcome => {
    const given = Object.fromEntries(Object.entries(action).filter(([, value]) => value !== undefined));
    const wrong = wrongIn(given);
    if (wrong !== undefined) throw new ScriptError("error", wrong, line);
    return host.act(given as Action, line);
  };
  for (const [call, names] of Object.entries(PLAIN)) {
    give(call, (values, line) => {
      const fields = Object.fromEntries(names.map((name, index) => [name, values[index]]));
      return numberOf(act({ call, ...fields }, line));
    });
  }
  give("epoll_ctl", ([ep, op, fd, events], line) => {
    return numberOf(act({ call: "epoll_ctl", ep, op: OPS.get(op), fd, ...bits(events) }, line));
  });

  const wait = (action: object, line: number, finish: (outcome: Outcome) => Value): Suspension =>
    Suspension.forReadiness(line, act(action, line), (outcome) => {
      if (outcome.errno !== undefined) throw new ScriptError("error", `a wait failed: ${outcome.errno}`, line);
      budget.allocate(3 * (outcome.events?.length ?? 0) + 1, line);
      return finish(outcome);
    });
  give("epoll_wait", ([ep, most, timeout], line) => wait({ call: "epoll_wait", ep, most, timeout }, line, eventList));
  give("poll", ([fds, timeout], line) => wait({ call: "poll", fds, timeout }, line, eventList));
  give("select", ([readers, writers, timeout], line) =>
    wait({ call: "select", readers, writers, timeout }, line, ({ events = [] }) => [
      events.filter(({ events }) => events === constants.EPOLLIN).map(({ fd }) => fd),
      events.filter(({ events }) => events === constants.EPOLLOUT).map(({ fd }) => fd),
    ]),
  );

  give("sleep", ([ms], line) => {
    if (typeof ms !== "number" || !(ms >= 0)) throw new ScriptError("error", "sleep: expected milliseconds", line);
    return Suspension.forTime(line, ms);
  });
  give("spawn", ([callee, ...values], line) => host.spawn(callee, values, line));
  give("print", (values, line) => {
    const text = values.map((value) => shown(value)).join(" ");
    budget.allocate(text.length, line);
    host.print(text.slice(0, MAX_OUTPUT), line);
    return undefined;
  });
  give("min", (values) => Math.min(...values.slice(0, MAX_OUTPUT).map(Number)));
  give("max", (values) => Math.max(...values.slice(0, MAX_OUTPUT).map(Number)));
  return globals;
}

/** Flags above the sign: `EPOLLIN | EPOLLET` is negative in JavaScript. */
function bits(events: Value): { events?: Value } {
  return events === undefined ? {} : { events: typeof events === "number" ? events >>> 0 : events };
}

function numberOf({ value, errno }: Outcome): number {
  return errno === undefined ? value : -(numbers as Readonly<Record<string, number>>)[errno];
}

function eventList({ events = [] }: Outcome): Value[] {
  return events.map((event) => {
    const fields = new Fields();
    fields.fields.set("fd", event.fd);
    fields.fields.set("events", event.events);
    return fields;
  });
}
