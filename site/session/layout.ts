/**
 * The structures of assembly/abi/engine.ts and assembly/abi/epoll.ts, with the names of their fields, to be drawn.
 * tests/site/layout.test.ts compares names and types with the guest's source.
 */
import * as engine from "../../assembly/abi/engine.ts";
import * as epoll from "../../assembly/abi/epoll.ts";

/** The types of fields. */
export type Type = "i32" | "u32" | "u64" | "u16" | "u8" | "pointer";

export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly offset: number;
  readonly size: number;
}

export interface Layout {
  readonly size: number;
  readonly fields: readonly Field[];
}

const SIZES: Readonly<Record<Type, number>> = { u8: 1, u16: 2, i32: 4, u32: 4, pointer: 4, u64: 8 };

function layout(size: number, fields: Readonly<Record<string, readonly [Type, offset: number]>>): Layout {
  return {
    size,
    fields: Object.entries(fields).map(([name, [type, offset]]) => ({ name, type, offset, size: SIZES[type] })),
  };
}

const WATCHED = {
  firstWatch: ["pointer", engine.WATCHED_FIRST_WATCH],
  lastWatch: ["pointer", engine.WATCHED_LAST_WATCH],
} as const;

export const DESCRIPTOR = layout(engine.DESCRIPTOR_SIZE, {
  ...WATCHED,
  generation: ["u32", engine.DESCRIPTOR_GENERATION],
  readSlot: ["u32", engine.DESCRIPTOR_READ_SLOT],
  writeSlot: ["u32", engine.DESCRIPTOR_WRITE_SLOT],
  takenTurn: ["u32", engine.DESCRIPTOR_TAKEN_TURN],
});

export const WATCH = layout(engine.WATCH_SIZE, {
  fd: ["i32", engine.WATCH_FD],
  instance: ["pointer", engine.WATCH_INSTANCE],
  events: ["u32", engine.WATCH_EVENTS],
  known: ["u32", engine.WATCH_KNOWN],
  data: ["u64", engine.WATCH_DATA],
  state: ["u8", engine.WATCH_STATE],
  waits: ["u8", engine.WATCH_WAITS],
  armed: ["u16", engine.WATCH_ARMED],
  turn: ["u32", engine.WATCH_TURN],
  readyNext: ["pointer", engine.WATCH_READY_NEXT],
  readyPrev: ["pointer", engine.WATCH_READY_PREV],
  next: ["pointer", engine.WATCH_NEXT],
  nextMember: ["pointer", engine.WATCH_NEXT_MEMBER],
  prevMember: ["pointer", engine.WATCH_PREV_MEMBER],
  since: ["u64", engine.WATCH_SINCE],
});

export const INSTANCE = layout(engine.INSTANCE_SIZE, {
  ...WATCHED,
  fd: ["i32", engine.INSTANCE_FD],
  readyCount: ["u32", engine.INSTANCE_READY_COUNT],
  readyHead: ["pointer", engine.INSTANCE_READY_HEAD],
  readyTail: ["pointer", engine.INSTANCE_READY_TAIL],
  firstMember: ["pointer", engine.INSTANCE_FIRST_MEMBER],
  asleep: ["u32", engine.INSTANCE_ASLEEP],
  lastDelivery: ["u64", engine.INSTANCE_LAST_DELIVERY],
  quiet: ["u32", engine.INSTANCE_QUIET],
  nextFree: ["pointer", engine.INSTANCE_NEXT_FREE],
});

/** What waits write. */
export const EPOLL_EVENT = layout(epoll.EPOLL_EVENT_SIZE, {
  events: ["u32", epoll.EPOLL_EVENT_EVENTS],
  fd: ["i32", epoll.EPOLL_EVENT_FD],
  data: ["u64", epoll.EPOLL_EVENT_DATA],
});
export const POLLFD = layout(epoll.POLLFD_SIZE, {
  fd: ["i32", epoll.POLLFD_FD],
  events: ["u16", epoll.POLLFD_EVENTS],
  revents: ["u16", epoll.POLLFD_REVENTS],
});
