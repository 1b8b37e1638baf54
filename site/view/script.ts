/** Writes the steps of a session as a script that does the same, to begin with when somebody edits it. */
import type { Action } from "../session/actions.ts";
import type { LogEntry } from "../session/snapshot.ts";
import { bitNames, isInstance, nameOf } from "./names.ts";

const constants = (events: number): string =>
  bitNames(events)
    .split("|")
    .map((name) => (name === "0" ? "0" : `EPOLL${name}`))
    .join(" | ");

const argument = (fd: number): string => (isInstance(fd) ? nameOf(fd).replace(" ", "") : String(fd));

function callOf(action: Action): string {
  switch (action.call) {
    case "epoll_ctl": {
      const events = action.op === "del" ? "" : `, ${constants(action.events ?? 0)}`;
      return `epoll_ctl(${argument(action.ep)}, EPOLL_CTL_${action.op.toUpperCase()}, ${argument(action.fd)}${events})`;
    }
    case "epoll_wait":
      return `epoll_wait(${argument(action.ep)}, ${action.most}, ${action.timeout})`;
    case "poll":
      return `poll([${action.fds.map(([fd, events]) => `[${argument(fd)}, ${constants(events)}]`).join(", ")}], ${action.timeout})`;
    case "select":
      return `select([${action.readers.join(", ")}], [${action.writers.join(", ")}], ${action.timeout})`;
    case "advance":
      return `sleep(${action.ms})`;
    default: {
      const { call, ...fields } = action;
      const values = Object.values(fields).map((value) =>
        typeof value === "number" ? argument(value) : String(value),
      );
      return `${call}(${values.join(", ")})`;
    }
  }
}

/** One line for each step. A call that slept runs in a worker of its own, so that the steps after it can happen. */
export function scriptOf(log: readonly LogEntry[]): string {
  const lines = log.flatMap(({ action, outcome }) => {
    if (action.call === "wake") return [];
    const call = callOf(action);
    if (outcome.asleep !== undefined) return [`spawn(() => ${call});`, "sleep(0);"];
    return action.call === "epoll_create" ? [`const ${argument(outcome.value)} = ${call};`] : [`${call};`];
  });
  return `${lines.join("\n")}\n`;
}
