/** What waits report on the screen: plays a session in the page step by step, and reads the panes as a person does. */
import type { Page } from "playwright-core";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Action, Outcome } from "../../site/session/actions.ts";
import type { LogEntry } from "../../site/session/snapshot.ts";
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  POLLNVAL,
} from "../../src/index.ts";

/** One instance on the screen. */
interface ShownInstance {
  /** `ep 1`. */
  readonly name: string;
  /** `4:IN 5:IN|RDHUP`; empty if it reported nothing. */
  readonly reported: string;
  readonly sleeps: boolean;
  readonly watches: readonly { readonly lane: string; readonly label: string; readonly text: string }[];
}

/** The screen after one step. */
interface Shown {
  readonly instances: readonly ShownInstance[];
  /** The present line of the log: `epoll_wait(ep1, events, 8, 0) = 1 → 4:IN`. */
  readonly line: string;
}

/** Steps to the end, and reads the screen after each step. */
const PLAY = `(async () => {
  const textOf = (element) => element?.innerText.trim().replace(/\\s+/g, " ") ?? "";
  // Not innerText, which lays the page out.
  const where = () => document.querySelector(".where b").textContent;
  const forward = document.querySelector('[aria-label="One step forward"]');
  const shown = [];
  while (!forward.disabled) {
    const before = where();
    forward.click();
    while (where() === before) await new Promise((resume) => setTimeout(resume));
    shown.push({
      line: textOf(document.querySelector(".pane.log .now")),
      instances: Array.from(document.querySelectorAll("section.epoll"), (section) => ({
        name: section.getAttribute("aria-label"),
        reported: textOf(section.querySelector(".last-wait .reported code")),
        sleeps: section.querySelector(".last-wait .sleeping") !== null,
        watches: Array.from(section.querySelectorAll(".mode"), (mode) =>
          Array.from(mode.querySelectorAll(".watch"), (watch) => ({
            lane: textOf(mode.querySelector("span")),
            label: watch.getAttribute("aria-label"),
            text: textOf(watch),
          })),
        ).flat(),
      })),
    });
  }
  return shown;
})()`;

export const shownIn = (page: Page): Promise<Shown[]> => page.evaluate(PLAY);

const BITS = Object.entries({
  ...{ IN: EPOLLIN, PRI: EPOLLPRI, OUT: EPOLLOUT, ERR: EPOLLERR, HUP: EPOLLHUP },
  ...{ NVAL: POLLNVAL, RDHUP: EPOLLRDHUP },
});
const namesOf = (events: number) =>
  BITS.filter(([, bit]) => (events & bit) !== 0)
    .map(([name]) => name)
    .join("|");
const FLAGS = EPOLLET | EPOLLONESHOT;

/** `4:IN 5:IN|RDHUP`, in the kernel's order. */
const reportOf = ({ events = [] }: Outcome) => events.map(({ fd, events: bits }) => `${fd}:${namesOf(bits)}`).join(" ");

/** The action whose wait a step is: its own, or that of the sleeper that looks again. */
function waitOf(log: readonly LogEntry[], { action }: LogEntry): Action | undefined {
  if (action.call !== "wake") return "timeout" in action ? action : undefined;
  const { sleeper } = action;
  return log.find(({ action, outcome }) => action.call !== "wake" && outcome.asleep === sleeper)?.action;
}

/**
 * The steps in which the screen shows something else than the kernel has answered, or names a watch's trigger otherwise than the script has
 * asked for it.
 *
 * @param kernel - the kernel's answer to each step
 * @returns one line for each difference
 */
export function differencesOf(log: readonly LogEntry[], kernel: readonly Outcome[], shown: readonly Shown[]): string[] {
  const differences: string[] = [];
  const asked = new Map<string, number>();
  for (const [index, entry] of log.entries()) {
    const { action, outcome, step } = entry;
    const { instances, line } = shown[index];
    const expectShown = (what: string, expected: unknown, found: unknown) => {
      if (expected !== found) differences.push(`step ${step}: ${what}: kernel ${expected}, screen ${found} (${line})`);
    };
    if (action.call === "epoll_ctl" && kernel[index].errno === undefined) {
      asked.set(`ep ${action.ep - INSTANCE_FD_BASE + 1} fd ${action.fd}`, action.events ?? 0);
    }
    for (const { name, watches } of instances) {
      for (const { label, text } of watches) {
        const [fd] = /^(?:fd|ep) \d+/.exec(label)!;
        const flags = asked.get(`${name} ${fd}`)! & FLAGS;
        const trigger = (flags & EPOLLET) === 0 ? "level" : "edge";
        const kinds = (flags & EPOLLONESHOT) === 0 ? trigger : `${trigger}, one-shot`;
        expectShown(`trigger of ${fd} in ${name}`, kinds, /(level|edge)(, one-shot)?(?=:)/.exec(label)?.[0]);
        expectShown(`sign of ${fd} in ${name}`, true, text.endsWith(kinds));
      }
    }
    const wait = waitOf(log, entry);
    if (wait === undefined) continue;
    const report = reportOf(kernel[index]);
    const count = kernel[index].events?.length ?? 0;
    const answer = kernel[index].errno ?? (report === "" ? "0" : `${count} → ${report}`);
    const isAsleep = outcome.asleep !== undefined && answer === "0";
    expectShown("the log", isAsleep ? "sleeps" : answer, / = (.*)$/.exec(line)?.[1]);
    if (wait.call !== "epoll_wait" || kernel[index].errno !== undefined) continue;
    const name = `ep ${wait.ep - INSTANCE_FD_BASE + 1}`;
    const instance = instances.find((one) => one.name === name)!;
    expectShown(name, report, instance.reported);
    const delivered = instance.watches
      .filter(({ lane }) => lane === "delivered")
      .map(({ label }) => label.split(" ")[1]);
    const reported = (kernel[index].events ?? []).map(({ fd }) => String(fd));
    expectShown(`the lane of ${name}`, [...new Set(reported)].sort().join(), delivered.sort().join());
    if (isAsleep) expectShown(`the sleeper of ${name}`, true, instance.sleeps);
  }
  return differences;
}
