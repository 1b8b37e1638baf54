/** The number of streams that the simulated driver holds, and the memory of each. */
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { IN, RDHUP } from "../../wasi-host/abi/readiness.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { Rig } from "./driver-rig.ts";

describe("a million streams on the simulated driver", () => {
  const STREAMS = 1_000_000;
  /** Bytes of the heap, each stream armed for one mask. */
  const MAX_BYTES_EACH = 300;

  it("take at most 300 bytes each while idle, and a queue returns only the active ones", () => {
    const used = garbageCollected();
    const driver = new SimulatedDriver();
    const rig = new Rig(driver);
    const edges = driver.edges();
    const [listener, address] = rig.listen();
    for (let streams = 0; streams < STREAMS; streams += 4) {
      const four = [...driver.socketPair(), driver.connect(address), driver.accept(listener)];
      for (const handle of four) edges.arm(handle, IN | RDHUP, handle);
    }
    expect((garbageCollected() - used) / STREAMS).toBeLessThan(MAX_BYTES_EACH);
    expect(rig.take(edges)).toEqual([]);
    const last = listener + STREAMS;
    expect(driver.peerAddress(last)).toEqual(driver.localAddress(last - 1));
    rig.send(last, "to a client");
    expect(rig.take(edges)).toEqual([{ key: last - 1, mask: IN | RDHUP, ready: IN }]);
    expect(rig.ready(last - 1, IN)).toBe(IN);
    driver.dispose();
  });
});

/** Twice, because V8 counts the memory of what the first collection frees until the second. */
function garbageCollected(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
