/** Modules that report the engine's calls. */
import { parse } from "@bytecodealliance/jco";
import { describe, expect, it } from "vitest";
import { CALLS, REPORT, RESULT, withReports } from "../../../../wasi-host/story/engine-calls.ts";

/** Like a program of ours: `wait` adds its arguments, and the table's address is a global behind others. */
const PROGRAM = `
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "limit" (global i32))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (global f64 (f64.const 11.5))
  (global f32 (f32.const 0.5))
  (global (mut i64) (i64.const -3))
  (global $table i32 (i32.const 17408))
  (export "pollux_instances" (global $table))
  (func $create (export "pollux_epoll_create") (result i32) (i32.const 1073741824))
  (func $ctl (export "pollux_epoll_ctl") (param i32 i32 i32 i32 i64) (result i32) (i32.wrap_i64 (local.get 4)))
  (func $wait (export "pollux_epoll_wait") (param i32 i32 i32 i32) (result i32) (local i32)
    (local.set 4 (i32.add (local.get 0) (local.get 1)))
    (i32.add (local.get 4) (i32.add (local.get 2) (local.get 3))))
  (table funcref (elem $wait))
  (func (export "direct") (param i32) (result i32)
    (call $wait (local.get 0) (i32.const 20) (i32.const 300) (i32.const -1)))
  (func (export "indirect") (result i32)
    (call_indirect (param i32 i32 i32 i32) (result i32)
      (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 0)))
  (func (export "other") (result i32) (call $create))`;

const module = (text: string) => parse(`(module ${text})`);

async function instance(bytes: Uint8Array) {
  const reports: [call: string, what: number, value: number][] = [];
  const poll_oneoff = (value: number, index: number, count: number, what: number) => {
    expect(count).toBe(REPORT);
    reports.push([CALLS[index], what, value]);
    return 0;
  };
  const imports = { wasi_snapshot_preview1: { poll_oneoff, fd_write: () => 0 }, env: { limit: 1 } };
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), imports);
  return { reports, exports: instance.exports as Record<string, (...args: unknown[]) => number> };
}

describe("a module with reports", () => {
  it("reports the arguments and the result of each call, and returns what it returned before", async () => {
    const { bytes, instances } = withReports(await module(PROGRAM))!;
    expect(instances).toBe(17_408);
    const { exports, reports } = await instance(bytes);
    expect(exports.direct(4)).toBe(323);
    const wait = "pollux_epoll_wait";
    expect(reports.splice(0)).toEqual([
      [wait, 0, 4],
      [wait, 1, 20],
      [wait, 2, 300],
      [wait, 3, -1],
      [wait, RESULT, 323],
    ]);
    expect(exports.indirect()).toBe(4);
    expect(reports.splice(0)).toHaveLength(5);
    expect(exports.other()).toBe(1_073_741_824);
    expect(reports.splice(0)).toEqual([["pollux_epoll_create", RESULT, 1_073_741_824]]);
    expect(exports.pollux_epoll_ctl(1, 2, 3, 4, 0x1_0000_0005n)).toBe(5);
    expect(reports.at(-2)).toEqual(["pollux_epoll_ctl", 4, 5]);
  });

  it("is not made of a module without the engine, or without its exports", async () => {
    expect(withReports(await module('(func (export "_start"))'))).toBeUndefined();
    expect(
      withReports(await module(PROGRAM.replace('(export "pollux_instances" (global $table))', ""))),
    ).toBeUndefined();
    expect(withReports(await module(PROGRAM.replace('"poll_oneoff"', '"poll_twice"')))).toBeUndefined();
  });

  it("leaves calls alone whose signature it does not know", async () => {
    const changed = PROGRAM.replace(
      "(param i32 i32 i32 i32 i64) (result i32) (i32.wrap_i64 (local.get 4))",
      "(param f64)",
    );
    const { exports, reports } = await instance(withReports(await module(changed))!.bytes);
    expect(exports.pollux_epoll_ctl(1.5)).toBeUndefined();
    expect(reports).toEqual([]);
  });

  it("never fails on damaged bytes: V8 refuses them", async () => {
    const bytes = await module(PROGRAM);
    for (let length = 0; length < bytes.length; length++) withReports(bytes.subarray(0, length));
    for (let at = 8; at < bytes.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = value;
        withReports(damaged);
      }
    }
  });
});
