/** The host's interface for the command's `--explain`: beside `index.ts`, so that a run without it loads no story. Not public. */

export type {
  Asleep,
  EpollCtl,
  EpollWait,
  Omission,
  Pollable,
  Readiness,
  Report,
  Sets,
  StoryEvent,
  Subscribed,
  Timed,
} from "./story/events.ts";
export { Story, type Teller } from "./story/story.ts";
