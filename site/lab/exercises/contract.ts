/** What an exercise is: a broken server, and clients that only a right one serves. */

import type { Settings } from "../../session/session.ts";
import type { LogEntry } from "../../session/snapshot.ts";
import type { Clients, Run } from "../run.ts";

/**
 * Why a case has failed:
 *
 * - "syntax", "error", "limit": the script has stopped, at `line`; "ended": it has returned
 * - "unanswered": it sleeps at `line`, and bytes that a client has sent were not sent back
 * - "not-closed": a client has ended, and its connection is still open
 * - "starved": a client waited while another was served too often
 * - "herd": several workers woke for one connection; "idle-workers": connections came together, and too few workers took them
 */
export type Why =
  | "syntax"
  | "error"
  | "limit"
  | "ended"
  | "unanswered"
  | "not-closed"
  | "starved"
  | "herd"
  | "idle-workers";

export interface Finding {
  readonly why: Why;
  readonly line?: number;
  /** The client that it is about. */
  readonly client?: number;
}

export interface Case {
  readonly id: string;
  readonly settings?: Partial<Settings>;
  /** New clients for each run. */
  clients(): Clients;
  /** What is wrong beside what `echoed` finds. */
  judge?(run: Run): Finding | undefined;
}

export interface Exercise {
  readonly id: string;
  readonly broken: string;
  readonly solution: string;
  readonly cases: readonly Case[];
}

/** A server must still run, and have sent back all that came. */
export function echoed({ end, last }: Run): Finding | undefined {
  if (end.kind === "done") return { why: "ended" };
  if (end.kind !== "asleep") return { why: end.kind, line: end.line };
  for (const { client, sent, taken, state, shut, fd } of last.clients) {
    const over = state === "closed" || state === "reset";
    if (!over && taken < sent) return { why: "unanswered", line: end.line, client };
    if ((over || shut) && fd !== undefined) return { why: "not-closed", line: end.line, client };
  }
  return undefined;
}

/** The descriptor of the server's connection to a client; found in the log, because the client does not know it. */
export function acceptedBy(log: readonly LogEntry[], client: number): number | undefined {
  const accepted = log.filter(({ action, outcome }) => action.call === "accept" && outcome.errno === undefined);
  return accepted[client - 1]?.outcome.value;
}
