/** The lessons, in the order of the page. */

import type { Lesson } from "./contract.ts";
import { epollLesson } from "./epoll.ts";
import { fiveModels } from "./five-models.ts";
import { levelAndEdge } from "./level-and-edge.ts";
import { pollLesson } from "./poll.ts";
import { repair } from "./repair.ts";
import { sandbox } from "./sandbox.ts";
import { selectLesson } from "./select.ts";
import { twoPhases } from "./two-phases.ts";

export const LESSONS: readonly Lesson[] = [
  twoPhases,
  fiveModels,
  selectLesson,
  pollLesson,
  epollLesson,
  levelAndEdge,
  repair,
  sandbox,
];
