/** Single hostile values, valid often enough to pass a call's first check. */
import fc from "fast-check";
import { READY_FILE } from "../../../assembly/abi/ready-file.ts";
import type { Argument, Poke, Word } from "./steps.ts";

const PAGE = 65_536;
const i32 = (value: number) => value | 0;

/** Addresses close together, so that buffers overlap. */
export const place: fc.Arbitrary<Word> = fc.nat(60).map((index) => 64 + index * 64);
/** That many bytes before the end of memory; negative: past it. */
const edge: fc.Arbitrary<Word> = fc.integer({ min: -8, max: 140 }).map((end) => ({ end }));
const wild = fc.constantFrom<Word>(
  ...[0, 1, 3, -1, -4, -8, -47, i32(0x8000_0000), 0x7fff_ffff, 0x7fff_fffc],
  ...[PAGE - 1, PAGE, 2 * PAGE, i32(0xffff_0000)],
);
export const pointer: fc.Arbitrary<Word> = fc.oneof(
  { weight: 6, arbitrary: place },
  { weight: 2, arbitrary: edge },
  { weight: 2, arbitrary: wild },
);

const short = fc.nat(80);
const long = fc.constantFrom<Word>(
  ...[-1, -8, -64, i32(0x8000_0000), 0x7fff_ffff, 0x1000_0000, 0x2000_0001, 0x0555_5556, 1024, 1025],
  ...[PAGE - 64, PAGE, PAGE + 1, { end: 0 }, { end: 64 }, { end: 4096 }],
);
export const length: fc.Arbitrary<Word> = fc.oneof({ weight: 6, arbitrary: short }, { weight: 2, arbitrary: long });

/** A count, where `right` is the true number. */
export function countOf(right: number): fc.Arbitrary<Word> {
  return fc.oneof(
    { weight: 7, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: short },
    { weight: 2, arbitrary: long },
  );
}

/** Descriptors 0 to 12 are open at first; closed and reused ones are among them. */
const descriptor: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.nat(15) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 20, 1000, 0x7fff_ffff, i32(0x8000_0000), 1 << 20) },
  { weight: 1, arbitrary: fc.constant(READY_FILE) },
);
const SUITABLE = [
  ["sock_", fc.constantFrom(3, 7, 8, 9, 10, 11, 12, 13, 14)],
  ["path_", fc.constantFrom(4, 4, 5)],
  ["fd_prestat", fc.constant(4)],
  ["fd_readdir", fc.constant(4)],
  ["fd_", fc.constantFrom(4, 6, 6, 7, 8)],
] as const;

/** Mostly one that suits the call. */
export function fdFor(call: string): fc.Arbitrary<number> {
  const suitable = SUITABLE.find(([prefix]) => call.startsWith(prefix))?.[1];
  return suitable === undefined
    ? descriptor
    : fc.oneof({ weight: 2, arbitrary: suitable }, { weight: 1, arbitrary: descriptor });
}

/** Enums, flags: valid ones are small. */
export const small: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 5, arbitrary: fc.constantFrom(1, 2, 4) },
  { weight: 2, arbitrary: fc.nat(16) },
  { weight: 1, arbitrary: fc.constantFrom(31, 32, 255, 256, 65_535, 65_536, -1, i32(0x8000_0000), 0x7fff_ffff) },
);

/** No size between that of a temporary file and an impossible one. */
export const wide: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 4096n }) },
  { weight: 2, arbitrary: fc.constantFrom(-1n, -4096n, 1n << 62n, (1n << 63n) - 1n, -(1n << 63n)) },
);

/** Nanoseconds. */
export const time: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0n, 1n, 999n, 1_000_000n, 3_600_000_000_000n) },
  { weight: 2, arbitrary: fc.constantFrom(-1n, 1n << 53n, (1n << 63n) - 1n, -(1n << 63n), 1_700_000_000_000_000_000n) },
);

export const rights: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, -1n, (1n << 29n) - 1n, (1n << 30n) - 1n, -(1n << 63n)),
  fc.bigInt({ min: 0n, max: (1n << 30n) - 1n }),
);

/** No port of another server: the grants cover all ports of this machine. */
export const port = fc.constantFrom<Argument>("port", "port", "port", 0, 0, 1, 65_535, 65_536, -1, i32(0x8000_0000));

const PATHS = [
  ...["file.txt", "directory", "directory/inner", "link", "loop", "out", "new", "newer", "directory/new", ""],
  ...[
    ".",
    "..",
    "../..",
    "/etc/passwd",
    "directory/../../etc",
    "out/passwd",
    "file.txt/x",
    "a\0b",
    "./file.txt",
    "x".repeat(300),
  ],
];
export const path: fc.Arbitrary<readonly number[]> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...PATHS).map((text) => [...new TextEncoder().encode(text)]) },
  { weight: 1, arbitrary: fc.constantFrom([0xff, 0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf, 0x6e]) },
);

const LOOPBACK = [127, 0, 0, 1];
const LOOPBACK6 = [...new Array(15).fill(0), 1];
const tagged = (family: number, ip: readonly number[]) => [family, 0, ...ip, ...new Array(126 - ip.length).fill(0)];
const ADDRESSES: readonly (readonly number[])[] = [
  ...[LOOPBACK, LOOPBACK, LOOPBACK6, LOOPBACK6, [0, 0, 0, 0], [10, 0, 0, 1], [], [127], [...LOOPBACK, 0]],
  ...[
    tagged(1, LOOPBACK),
    tagged(2, LOOPBACK6),
    tagged(0, LOOPBACK),
    tagged(3, [47, 116, 109, 112]),
    new Array(16).fill(255),
  ],
];
/** WasmEdge's: a pointer to {buffer, length}, and the buffer. */
export const address: fc.Arbitrary<{ at: Word; pokes: readonly Poke[] }> = fc
  .record({
    at: pointer,
    buffer: pointer,
    bytes: fc.constantFrom(...ADDRESSES),
    size: fc.option(fc.oneof(length, fc.constantFrom<Word>(4, 16, 128)), { nil: undefined, freq: 3 }),
  })
  .map(({ at, buffer, bytes, size = bytes.length }) => ({
    at,
    pokes: [
      { at: buffer, bytes },
      { at, words: [buffer, size] },
    ],
  }));
