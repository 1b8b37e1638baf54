/** The subjects of the measurement, and their numbers of descriptors. */
import type { OpenCrowd } from "./crowd.ts";
import { kernelEpoll, kernelPoll, kernelSelect } from "./kernel.ts";
import { polluxEpoll, polluxPoll, polluxSelect } from "./pollux.ts";

export interface Subject {
  readonly name: string;
  readonly open: OpenCrowd;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** How many descriptors are registered. All of these crowds are open at the same time. */
  readonly sizes: readonly number[];
  /** The process's own descriptors for each; 0 if they are not the operating system's. */
  readonly osDescriptors: number;
  readonly subjects: readonly Subject[];
}

/** The two that are drawn for what they do with who is active, too. */
export const KERNEL_EPOLL = "kernel epoll";
export const POLLUX_EPOLL = "pollux epoll";

const pollux = (driver: string): Subject[] => [
  { name: "pollux select", open: polluxSelect(driver) },
  { name: "pollux poll", open: polluxPoll(driver) },
  { name: POLLUX_EPOLL, open: polluxEpoll(driver, false) },
  { name: `${POLLUX_EPOLL}, edge`, open: polluxEpoll(driver, true) },
];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "real",
    title: "real sockets",
    sizes: [64, 1_000, 15_000],
    osDescriptors: 1,
    subjects: [
      { name: "kernel select", open: kernelSelect },
      { name: "kernel poll", open: kernelPoll },
      { name: KERNEL_EPOLL, open: kernelEpoll(false) },
      { name: `${KERNEL_EPOLL}, edge`, open: kernelEpoll(true) },
      ...pollux("posix"),
    ],
  },
  {
    name: "simulated",
    title: "simulated network",
    sizes: [64, 1_000, 60_000, 1_000_000],
    osDescriptors: 0,
    subjects: pollux("simulated"),
  },
];
