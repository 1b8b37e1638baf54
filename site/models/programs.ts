/**
 * The five I/O models, each as a program over a session: the same calls as assembly/programs/models, in virtual time.
 *
 * - A poll of one socket without a timeout is a blocking recv: it sleeps for that socket alone.
 * - In the last two models an edge-triggered watch belongs to the host, not to the program: the program computes, and a wakeup of the
 *   watch makes the host call a handler, or fill a buffer.
 */
import { EPOLLET, EPOLLIN, POLLIN } from "../../src/constants.ts";
import { Lane } from "./lane.ts";
import { type Pace, SlowWorld, TICK } from "./slow-world.ts";

export type ModelName = "blocking" | "non-blocking" | "multiplexing" | "signal-driven" | "asynchronous";

export interface Model {
  readonly name: ModelName;
  readonly senders: number;
  readonly program: (world: SlowWorld, lane: Lane) => void;
}

/** A run of one model. */
export interface Run {
  readonly name: ModelName;
  readonly lane: Lane;
  /** When messages were sent. */
  readonly sent: readonly number[];
  readonly end: number;
}

const SEVERAL = 3;

/** One recv: true if it has copied something. */
function receive(world: SlowWorld, lane: Lane, fd: number): boolean {
  const { errno } = world.act({ call: "recv", fd });
  lane.count("recv", world.time);
  if (errno !== undefined) {
    lane.count("EAGAIN", world.time);
    return false;
  }
  const from = world.time;
  world.pass(TICK);
  lane.add("copies", from, world.time);
  return true;
}

/** A piece of the program's own work. */
function compute(world: SlowWorld, lane: Lane, doing: "computes" | "asks"): void {
  const from = world.time;
  world.pass(TICK);
  lane.count("computed", from);
  lane.add(doing, from, world.time);
}

/** The call that has just been made sleeps until a message comes. */
function sleep(world: SlowWorld, lane: Lane): void {
  const from = world.time;
  while (!world.over && !world.woken()) world.pass(TICK);
  lane.add("asleep", from, world.time);
}

/** An instance with an edge-triggered watch of the first descriptor. */
function watchEdge(world: SlowWorld): number {
  const ep = world.act({ call: "epoll_create" }).value;
  world.act({ call: "epoll_ctl", ep, op: "add", fd: world.fds[0], events: EPOLLIN | EPOLLET });
  return ep;
}

function blocking(world: SlowWorld, lane: Lane): void {
  const [fd] = world.fds;
  while (!world.over) {
    const { asleep } = world.act({ call: "poll", fds: [[fd, POLLIN]], timeout: -1 });
    if (asleep !== undefined) sleep(world, lane);
    if (!world.over) receive(world, lane, fd);
  }
}

function nonBlocking(world: SlowWorld, lane: Lane): void {
  while (!world.over) if (!receive(world, lane, world.fds[0])) compute(world, lane, "asks");
}

function multiplexing(world: SlowWorld, lane: Lane): void {
  const ep = world.act({ call: "epoll_create" }).value;
  for (const fd of world.fds) world.act({ call: "epoll_ctl", ep, op: "add", fd, events: EPOLLIN });
  while (!world.over) {
    const { asleep, events = [] } = world.act({ call: "epoll_wait", ep, most: SEVERAL, timeout: -1 });
    if (asleep !== undefined) sleep(world, lane);
    const ready =
      asleep === undefined
        ? events
        : (world.session.log.findLast(({ action }) => action.call === "wake")?.outcome.events ?? []);
    if (!world.over) for (const { fd } of ready) receive(world, lane, fd);
  }
}

/** The program computes. When the watch wakes, `then` happens. */
function whileComputing(world: SlowWorld, lane: Lane, then: () => void): void {
  const ep = watchEdge(world);
  const watch = () => world.act({ call: "epoll_wait", ep, most: 1, timeout: -1 });
  watch();
  while (!world.over) {
    compute(world, lane, "computes");
    if (!world.woken()) continue;
    then();
    watch();
  }
}

function signalDriven(world: SlowWorld, lane: Lane): void {
  whileComputing(world, lane, () => {
    while (receive(world, lane, world.fds[0]));
  });
}

function asynchronous(world: SlowWorld, lane: Lane): void {
  whileComputing(world, lane, () => {
    const from = world.time;
    world.act({ call: "recv", fd: world.fds[0] });
    world.pass(TICK);
    lane.count("computed", from);
    lane.add("host-copies", from, world.time);
  });
}

export const MODELS: readonly Model[] = [
  { name: "blocking", senders: 1, program: blocking },
  { name: "non-blocking", senders: 1, program: nonBlocking },
  { name: "multiplexing", senders: SEVERAL, program: multiplexing },
  { name: "signal-driven", senders: 1, program: signalDriven },
  { name: "asynchronous", senders: 1, program: asynchronous },
];

/** Runs each model against senders of the same pace. */
export async function runModels(module: WebAssembly.Module, pace: Pace): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const { name, senders, program } of MODELS) {
    const world = await SlowWorld.open(module, senders, pace);
    using _ = world.session;
    const lane = new Lane();
    program(world, lane);
    runs.push({ name, lane, sent: world.sent, end: world.end });
  }
  return runs;
}
