/** Calls with hostile arguments, for every signature of the host. */
import fc from "fast-check";
import { type Kind, PREVIEW1, type Signature, WASMEDGE } from "../../../wasi-host/trace/signatures.ts";
import { alone, array, bytesAt, type Part } from "./parts.ts";
import { READY_FILE_CALLS } from "./ready-file-calls.ts";
import type { Argument, Call, Run, Sequence, Step, Word } from "./steps.ts";
import { address, fdFor, length, path, pointer, port, rights, small, time, wide } from "./values.ts";

const iovecs = array(8, fc.tuple(pointer, length));
const half = (value: bigint) => [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];

/** 48 bytes: user data, tag, clock or descriptor, timeout, precision or the array of a sleep, flags. */
const subscription: fc.Arbitrary<readonly Word[]> = fc
  .tuple(
    fc.constantFrom(0, 0, 1, 1, 1, 2, 2, 2, 3, 255),
    fc.oneof(fdFor("poll_oneoff"), small),
    time,
    fc.constantFrom(0, 0, 1, 2, 65_535),
    fc.integer(),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant([0, 0] as const) },
      { weight: 1, arbitrary: fc.tuple(pointer, length) },
    ),
  )
  .map(([tag, what, timeout, flags, userdata, list]) => [
    userdata,
    ~userdata,
    tag,
    0,
    what,
    0,
    ...half(timeout),
    ...list,
    flags,
    0,
  ]);

const room: fc.Arbitrary<Part> = fc.tuple(pointer, length).map((args) => ({ args, pokes: [] }));

/** Parameters by their kinds, the longest match first. */
const GROUPS: readonly (readonly [readonly string[], fc.Arbitrary<Part>])[] = [
  [
    ["subscriptions", "events", "count"],
    fc
      .tuple(array(48, subscription), pointer)
      .map(([{ args, pokes }, out]) => ({ args: [args[0], out, args[1]], pokes })),
  ],
  [["iovecs", "count"], iovecs],
  [["ciovecs", "count"], iovecs],
  [["text", "length"], bytesAt(path)],
  [["bytes", "length"], bytesAt(fc.array(fc.nat(255), { minLength: 4, maxLength: 16 }))],
  [["buffer", "length"], room],
  [["result-pointers", "u32"], room],
  [["address"], address.map(({ at, pokes }) => ({ args: [at], pokes }))],
  [["result-address"], address.map(({ at, pokes }) => ({ args: [at], pokes }))],
];

const VALUES: Partial<Record<Kind, fc.Arbitrary<Argument>>> = {
  port,
  u64: wide,
  s64: wide,
  timestamp: time,
  rights,
  // For getsockopt, where some programs pass a pointer; a backlog, an exit status, a signal.
  u32: fc.oneof(small, pointer),
};

function argumentsOf(call: string, signature: Signature): fc.Arbitrary<Part> {
  const kinds: readonly Kind[] = Object.values(signature);
  const parts: fc.Arbitrary<Part>[] = [];
  for (let index = 0; index < kinds.length; ) {
    const group = GROUPS.find(([names]) => names.every((name, offset) => kinds[index + offset] === name));
    parts.push(group?.[1] ?? alone(kinds[index] === "fd" ? fdFor(call) : singleOf(kinds[index])));
    index += group?.[0].length ?? 1;
  }
  return fc.tuple(...parts).map((made) => ({
    args: made.flatMap(({ args }) => args),
    pokes: made.flatMap(({ pokes }) => pokes),
  }));
}

function singleOf(kind: Kind): fc.Arbitrary<Argument> {
  return VALUES[kind] ?? (kind.startsWith("result-") ? pointer : small);
}

const SIGNATURES: readonly (readonly [string, Signature])[] = [
  ...Object.entries(PREVIEW1),
  ...Object.entries(WASMEDGE).flatMap(([name, versions]) => versions.map((version) => [name, version] as const)),
];
/** Otherwise nothing useful is left soon. */
const ENDINGS: ReadonlySet<string> = new Set(["fd_close", "fd_renumber", "sock_shutdown"]);

/** The number of signatures, each of which must be called. */
export const EVERY_SIGNATURE = SIGNATURES.map(([name, signature]) => `${name}/${Object.keys(signature).length}`);

const call: fc.Arbitrary<Call> = fc.oneof(
  ...SIGNATURES.map(([name, signature]) => ({
    weight: ENDINGS.has(name) ? 1 : 4,
    arbitrary: argumentsOf(name, signature).map((part) => ({ call: name, ...part })),
  })),
  ...READY_FILE_CALLS,
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: call },
  { weight: 1, arbitrary: fc.record({ grow: fc.nat(2) }) },
);

/** Many calls on one guest: each call meets the effects of earlier ones. */
export function sequencesOf({ drivers, longest }: Run): fc.Arbitrary<Sequence> {
  return fc.record({
    driver: fc.constantFrom(...drivers),
    shared: fc.boolean(),
    meddler: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0x7fff_ffff })),
    steps: fc.array(step, { minLength: 1, maxLength: longest, size: "max" }),
  });
}
