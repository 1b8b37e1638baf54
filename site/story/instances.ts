/** What is known of a program's epoll instances after a step of its story. */
import type { StoryStep } from "./reader.ts";

/** More would be slow to draw, and to read. */
const SHOWN = 64;

export interface StoryWatch {
  readonly fd: number;
  /** Interest and flags: `IN|ET`. */
  readonly events: string;
}

export interface StoryInstance {
  readonly epfd: number;
  /** In the order of their EPOLL_CTL_ADD. */
  readonly watches: readonly StoryWatch[];
  /** Descriptors on the ready list, oldest first, as the last wait or epoll_ctl left it: later wakeups are not known before the next wait. */
  readonly ready: readonly number[];
}

interface Known {
  readonly watches: Map<number, string>;
  ready: readonly number[];
}

/** The open instances after the first `count` steps. */
export function instancesAfter(steps: readonly StoryStep[], count: number): StoryInstance[] {
  const known = new Map<number, Known>();
  /** A story of a program that was watched from its middle has instances without their epoll_create. */
  const at = (epfd: number): Known => {
    let found = known.get(epfd);
    if (found === undefined) known.set(epfd, (found = { watches: new Map(), ready: [] }));
    return found;
  };
  for (const step of steps.slice(0, count)) {
    switch (step.event) {
      case "epoll_create":
        if (typeof step.result === "number" && step.result >= 0) at(step.result);
        break;
      case "epoll_close":
        known.delete(step.epfd);
        break;
      case "epoll_ctl": {
        if (typeof step.result === "string") break;
        const instance = at(step.epfd);
        const { fd } = step;
        if (step.op === "DEL") instance.watches.delete(fd);
        else instance.watches.set(fd, step.events);
        if (step.queued !== instance.ready.includes(fd)) {
          instance.ready = step.queued ? [...instance.ready, fd] : instance.ready.filter((other) => other !== fd);
        }
        break;
      }
      case "epoll_wait":
        if (typeof step.result === "number") at(step.epfd).ready = step.after;
        break;
      case "close":
        // The kernel forgets the watches of a closed file, and so does the engine.
        if (step.result !== 0) break;
        for (const instance of known.values()) {
          instance.watches.delete(step.fd);
          instance.ready = instance.ready.filter((other) => other !== step.fd);
        }
        break;
      default:
        break;
    }
  }
  return [...known].map(([epfd, { watches, ready }]) => ({
    ...{ epfd, ready },
    watches: [...watches].map(([fd, events]) => ({ fd, events })),
  }));
}

/** The instances in the order of their interest: that of the step first, then those with watches. The others are counted. */
export function ofInterest(
  instances: readonly StoryInstance[],
  step: StoryStep,
): { readonly shown: readonly StoryInstance[]; readonly others: number } {
  const epfd = "epfd" in step ? step.epfd : step.event === "epoll_create" ? step.result : undefined;
  const own = instances.filter((instance) => instance.epfd === epfd);
  const watching = instances.filter((instance) => instance.epfd !== epfd && instance.watches.length > 0);
  const shown = [...own, ...watching].slice(0, SHOWN);
  return { shown, others: instances.length - shown.length };
}
