/**
 * Options of the drivers: an option that a driver does not know, or cannot keep, is an error that names the option, the
 * value and a remedy.
 */
import { describe, expect, it } from "vitest";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { WebDriver } from "../../wasi-host/drivers/web/index.ts";
import { run, WasiHost } from "../../wasi-host/index.ts";

type Open = (options: object) => unknown;

const OPENERS: Readonly<Record<string, Open>> = {
  posix: (options) => new PosixDriver(options as never),
  net: (options) => openDriver("net", options),
  "net, in the guest's event loop": (options) => openDriver("net", options, false),
  simulated: (options) => new SimulatedDriver(options),
  "simulated, by name": (options) => openDriver("simulated", options),
  web: (options) => new WebDriver(options),
};

/** The error that a call throws, or rejects with. */
async function errorOf(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
}

const VALUE = "ERR_INVALID_ARG_VALUE";
const TYPE = "ERR_INVALID_ARG_TYPE";
const RANGE = "ERR_OUT_OF_RANGE";

describe("a driver", () => {
  it.each<[string, object, string, string]>([
    [
      "posix",
      { poll: "select" },
      VALUE,
      "the posix driver has no option 'poll' ('select'): remove it, because the driver has no options",
    ],
    ["net", { bufferBytes: 1 }, VALUE, "the net driver has no option 'bufferBytes' (1): did you mean 'bufferedBytes'?"],
    [
      "net, in the guest's event loop",
      { seed: 7 },
      VALUE,
      "the net driver has no option 'seed' (7): expected bufferedBytes",
    ],
    ["simulated", { latancy: 5 }, VALUE, "the simulated driver has no option 'latancy' (5): did you mean 'latency'?"],
    [
      "simulated, by name",
      { poll: 1 },
      VALUE,
      "the simulated driver has no option 'poll' (1): expected seed, latency, bufferSize, maxHandles",
    ],
    ["web", { conect: 1 }, VALUE, "the web driver has no option 'conect' (1): did you mean 'connect'?"],
  ])("%s refuses an unknown option: %o", async (name, options, code, message) => {
    expect(await errorOf(() => OPENERS[name](options))).toMatchObject({ code, message });
  });

  it.each<[string, object, string, string]>([
    [
      "net",
      { bufferedBytes: "1M" },
      TYPE,
      "bufferedBytes '1M' of the net driver: expected a whole number, 139584 or more",
    ],
    [
      "net",
      { bufferedBytes: 139_583 },
      RANGE,
      "bufferedBytes 139583 of the net driver: expected a whole number, 139584 or more",
    ],
    ["simulated", { seed: "x" }, TYPE, "seed 'x' of the simulated driver: expected a whole number"],
    ["simulated", { seed: 0.5 }, RANGE, "seed 0.5 of the simulated driver: expected a whole number"],
    [
      "simulated",
      { latency: "5ms" },
      TYPE,
      "latency '5ms' of the simulated driver: expected nanoseconds, or [least, most]",
    ],
    ["simulated", { latency: -1 }, RANGE, "latency -1 of the simulated driver: expected nanoseconds, or [least, most]"],
    ["simulated", { latency: [5, 4] }, RANGE, "expected nanoseconds, or [least, most]"],
    ["simulated", { latency: [5] }, RANGE, "expected nanoseconds, or [least, most]"],
    ["simulated", { bufferSize: 0 }, RANGE, "bufferSize 0 of the simulated driver: expected a whole number, 1 or more"],
    [
      "simulated",
      { maxHandles: Number.NaN },
      RANGE,
      "maxHandles NaN of the simulated driver: expected a whole number, or Infinity",
    ],
    [
      "web",
      { connect: "sockets" },
      TYPE,
      "connect 'sockets' of the web driver: expected connect of cloudflare:sockets",
    ],
    ["web", { bufferedBytes: 1 }, RANGE, "bufferedBytes 1 of the web driver: expected a whole number, 139584 or more"],
    ["posix", [] as object, TYPE, "the options of the posix driver are Array: expected an object"],
  ])("%s refuses a value that it cannot keep: %o", async (name, options, code, message) => {
    const error = await errorOf(() => OPENERS[name](options));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("simulated takes each of its options", () => {
    new SimulatedDriver({ seed: -3, latency: [0, 5], bufferSize: 1, maxHandles: Infinity }).dispose();
    new SimulatedDriver({ seed: undefined, latency: 0.5, maxHandles: 0 }).dispose();
  });
});

describe("limits.bufferedBytes", () => {
  const limits = { bufferedBytes: 200_000 };

  it.each<[string, string]>([
    ["posix", "the kernel owns its buffers; use the net driver, or remove the limit"],
    ["simulated", "open a SimulatedDriver with the option bufferSize, and pass it"],
  ])("is refused by the %s driver", async (driver, remedy) => {
    const message = `the ${driver} driver cannot keep bufferedBytes 200000: ${remedy}`;
    await expect(WasiHost.open({ driver, limits })).rejects.toMatchObject({ code: VALUE, message });
  });

  it("is refused beside an open driver", async () => {
    const driver = new SimulatedDriver();
    await expect(WasiHost.open({ driver, limits })).rejects.toMatchObject({
      code: VALUE,
      message: "the simulated driver cannot keep bufferedBytes 200000: set the limit where you open the driver",
    });
  });

  it("is refused before a program in a worker starts", async () => {
    const program = await WebAssembly.compile(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    await expect(run(program, { driver: "posix", limits, sleep: "worker" })).rejects.toMatchObject({ code: VALUE });
  });
});
