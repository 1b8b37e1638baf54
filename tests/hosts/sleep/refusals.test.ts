/** Impossible ways to sleep: the error names the missing feature and the remedy. */
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { run, WasiHost } from "../../../wasi-host/index.ts";
import { withoutJspi } from "../../../wasi-host/runtime/jspi-versions.ts";
import { canSuspend } from "../../../wasi-host/waiting/suspending.ts";
import { pollux } from "../command.ts";
import { commandGuest } from "../command-guest.ts";
import { sleepingGuest, steppedGuest } from "./guest.ts";

describe("an impossible way to sleep is refused:", () => {
  it("stepping, without an export pollux_step", async () => {
    const refused = run(await sleepingGuest(), { sleep: "stepping" });
    await expect(refused).rejects.toThrow(
      `needs a module that exports pollux_step: use ${canSuspend ? "'suspending'" : "'worker'"} for others`,
    );
  });

  it("suspending, without JSPI", async () => {
    const opened = WasiHost.open({ sleep: "suspending" }).then((host) => host.dispose());
    if (canSuspend) await expect(opened).resolves.toBeUndefined();
    else await expect(opened).rejects.toThrow(`which Node ${process.versions.node} lacks: use Node 24.20 or later`);
  });

  it.each([
    ["Node 20.20.2 lacks: use Node 24.20 or later", { node: "20.20.2" }],
    ["Node 24.0.0 lacks: start it with --experimental-wasm-jspi, or use Node 24.20 or later", { node: "24.0.0" }],
    ["Node 24.19.3 lacks: start it with --experimental-wasm-jspi, or use Node 24.20 or later", { node: "24.19.3" }],
    ["Deno 2.3.1 lacks: use a later Deno, or Node 24.20 or later", { node: "24.2.0", deno: "2.3.1" }],
    ["Bun 1.2.0 lacks: use a later Bun, or Node 24.20 or later", { node: "24.2.0", bun: "1.2.0" }],
  ])("suspending: %s", (sentence, versions) => {
    expect(withoutJspi(versions)).toBe(sentence);
  });

  it("a stream for a program that blocks its thread", async () => {
    const opened = WasiHost.open({ stdin: new PassThrough() });
    await expect(opened).rejects.toThrow("stdin is a stream, and a blocked thread would wait for it for ever");
    await expect(WasiHost.open({ stdout: new PassThrough() })).rejects.toThrow("stdout is a stream");
  });

  it("a program whose calls block, with startAsync", async () => {
    using host = await WasiHost.open({ args: ["x"] });
    const instance = await WebAssembly.instantiate(await sleepingGuest(), { ...host.imports });
    await expect(host.startAsync(instance)).rejects.toThrow("open the host with sleep: 'suspending'");
  });

  it("a value that cannot be passed to a worker", async () => {
    const traced = run(await steppedGuest(), { sleep: "worker", trace: { write: () => {} } });
    await expect(traced).rejects.toThrow("trace cannot be shared with a worker");
  });
});

describe("a program that blocks", () => {
  it("reads bytes as stdin and writes its output to functions", async () => {
    let out = "";
    const stdout = (bytes: Uint8Array) => (out += Buffer.from(bytes));
    expect(await run(await sleepingGuest(), { sleep: "blocking", args: ["c"], stdin: "some text", stdout })).toBe(0);
    expect(out).toBe("some text");
  });

  it("ends when its host is disposed, if startAsync runs it", async () => {
    const host = await WasiHost.open({
      args: ["a"],
      listen: ["127.0.0.1:0"],
      sleep: canSuspend ? "suspending" : "stepping",
    });
    const module = canSuspend ? await sleepingGuest() : await steppedGuest();
    const ended = host.startAsync(await WebAssembly.instantiate(module, { ...host.imports }));
    host.dispose();
    await expect(ended).rejects.toThrow("the host is disposed");
  });
});

describe("pollux run --sleep", () => {
  it.each(["blocking", "worker", ...(canSuspend ? ["suspending"] : [])])("%s runs a command", async (way) => {
    const guest = await commandGuest();
    expect(await pollux("run", "--sleep", way, guest, "x5")).toMatchObject({ error: "", status: 5 });
    expect(await pollux("run", "--sleep", way, guest, "abc")).toMatchObject({ out: expect.stringContaining("abc") });
  });

  it("stepping refuses a command, and an unknown way is refused with the known ones", async () => {
    const refused = await pollux("run", "--sleep", "stepping", await commandGuest(), "x5");
    expect(refused).toMatchObject({
      status: 2,
      error: expect.stringContaining("needs a module that exports pollux_step"),
    });
    const unknown = await pollux("run", "--sleep", "well", await commandGuest());
    expect(unknown).toMatchObject({
      status: 2,
      error: expect.stringContaining("blocking, suspending, stepping, worker"),
    });
  });
});
