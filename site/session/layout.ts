/**
 * The structures of assembly/memory/layout.ts and assembly/abi/epoll.ts, as offsets. AssemblyScript places the fields of an unmanaged class
 * one after the other, each aligned to its size. tests/site/layout.test.ts compares this file with the sources.
 */
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

function layout(types: Readonly<Record<string, Type>>): Layout {
  const fields: Field[] = [];
  let end = 0;
  for (const [name, type] of Object.entries(types)) {
    const size = SIZES[type];
    const offset = Math.ceil(end / size) * size;
    fields.push({ name, type, offset, size });
    end = offset + size;
  }
  const largest = Math.max(...fields.map(({ size }) => size));
  return { size: Math.ceil(end / largest) * largest, fields };
}

export const WATCHED = { firstWatch: "pointer", lastWatch: "pointer" } as const;

export const DESCRIPTOR = layout({
  ...WATCHED,
  generation: "u32",
  readSlot: "u32",
  writeSlot: "u32",
  takenTurn: "u32",
});

export const WATCH = layout({
  fd: "i32",
  instance: "pointer",
  events: "u32",
  known: "u32",
  data: "u64",
  state: "u8",
  waits: "u8",
  armed: "u16",
  turn: "u32",
  readyNext: "pointer",
  readyPrev: "pointer",
  next: "pointer",
  nextMember: "pointer",
  prevMember: "pointer",
  since: "u64",
});

export const INSTANCE = layout({
  ...WATCHED,
  fd: "i32",
  readyCount: "u32",
  readyHead: "pointer",
  readyTail: "pointer",
  firstMember: "pointer",
  asleep: "u32",
  lastDelivery: "u64",
  quiet: "u32",
  nextFree: "pointer",
});

/** What waits write. */
export const EPOLL_EVENT = layout({ events: "u32", fd: "i32", data: "u64" });
export const POLLFD = layout({ fd: "i32", events: "u16", revents: "u16" });

/** The offset of a field. */
export function offsetOf(structure: Layout, name: string): number {
  const field = structure.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`no field ${name}`);
  return field.offset;
}
