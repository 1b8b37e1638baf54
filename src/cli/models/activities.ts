/**
 * Turns recorded steps into activities: what the program did when, and the totals of both phases.
 *
 * The record has the times of each recv, the sender's marks the times of the data. A recv that sleeps is split at the
 * time its data was sent: before it waits (phase 1), after it wakes up and copies (phase 2).
 */
import type { Recording, Step } from "./recording.ts";
import type { Mark } from "./slow-sender.ts";

/** "away": the host runs, or the system runs another process. */
export type Kind = "computing" | "waiting" | "asking" | "copying" | "host copying" | "away";

/** Times are milliseconds since the senders started. */
export interface Activity {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
}

/** A time that the program recorded. */
export interface Moment {
  readonly name: "handler" | "completion";
  readonly at: number;
}

export interface Timeline {
  readonly model: Recording["model"];
  readonly activities: readonly Activity[];
  readonly moments: readonly Moment[];
  readonly marks: readonly (Omit<Mark, "at"> & { readonly at: number })[];
  /** Number of EAGAIN results of recv and accept. */
  readonly attempts: number;
  /** Number of primes found. */
  readonly primes: number;
}

/** Totals of a model in milliseconds. */
export interface Phases {
  readonly waited: number;
  readonly copied: number;
  readonly hostCopied: number;
  readonly computed: number;
}

export function timeline({ model, start, marks, steps }: Recording): Timeline {
  const since = (at: bigint) => Number(at - start) / 1e6;
  const sent = marks.map((mark) => ({ ...mark, at: since(mark.at) }));
  const activities: Activity[] = [];
  const moments: Moment[] = [];
  let primes = 0;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (step.name === "computed") primes = Number(step.value);
    if (step.name === "handler" || step.name === "completion") moments.push({ name: step.name, at: since(step.at) });
    if (next === undefined) continue;
    const [from, to] = [Math.max(0, since(step.at)), since(next.at)];
    if (to <= 0) continue;
    const copied = next.name === "step" && bringsBytes(steps[index + 2]);
    const sleeps = model.waits === "recv";
    activities.push(...activitiesBetween(step.name, next.name, from, to, sleeps ? sent : [], copied));
  }
  // The senders are connected before the program runs.
  const [first] = activities;
  if (first !== undefined && first.from > 0) activities.unshift({ kind: "away", from: 0, to: first.from });
  const attempts = steps.filter(({ name, at }) => name === "again" && at > start).length;
  return { model, activities, moments, marks: sent, attempts, primes };
}

function bringsBytes(step: Step | undefined): boolean {
  return step?.name === "completion" && step.value > 0n;
}

function activitiesBetween(
  called: string,
  returned: string,
  from: number,
  to: number,
  marks: Timeline["marks"],
  copied: boolean,
): Activity[] {
  if (called === "compute") return [{ kind: "computing", from, to }];
  // Its bytes are checked after its end.
  if (returned === "checksum") return [];
  if (returned === "again") return [{ kind: "asking", from, to }];
  if (called === "wait") return [{ kind: "waiting", from, to }];
  if (called === "return") return [{ kind: copied ? "host copying" : "away", from, to }];
  // Between two steps a program does next to nothing.
  if (called !== "recv") return [{ kind: "away", from, to }];
  const sent = marks.find(({ at }) => at > from && at < to)?.at ?? from;
  const rest = { kind: returned === "data" ? "copying" : "asking", from: sent, to } as const;
  return sent > from ? [{ kind: "waiting", from, to: sent }, rest] : [rest];
}

export function phases({ activities }: Timeline): Phases {
  const total = (kind: Kind) =>
    activities.filter((activity) => activity.kind === kind).reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    waited: total("waiting"),
    copied: total("copying"),
    hostCopied: total("host copying"),
    computed: total("computing"),
  };
}
