/**
 * The guest's other thread, which writes to shared memory and lets it grow while the host reads it: here between two reads
 * of the host's, so that what happens depends on the seed alone.
 */
import { Random } from "../../../wasi-host/drivers/simulated/random.ts";
import { ARENA } from "./steps.ts";

const { getUint32, getUint8 } = DataView.prototype;
/** Reads between two writes, and writes between two growths, on the average. */
const READS = 4;
const WRITES = 50;
/** As far as a length goes that memory does not hold. */
const LARGEST = 100_000;

/** Runs `call`; with each number that it reads from memory another one may be written. */
export function meddling<T>(memory: WebAssembly.Memory, seed: number, grow: () => void, call: () => T): T {
  const random = new Random(seed);
  const view = new DataView(memory.buffer);
  const meddle = () => {
    if (random.between(1, READS) !== 1) return;
    view.setUint32(random.between(0, ARENA / 4 - 1) * 4, random.between(-100, LARGEST), true);
    if (random.between(1, WRITES) === 1) grow();
  };
  DataView.prototype.getUint32 = function (at, little) {
    const value = getUint32.call(this, at, little);
    meddle();
    return value;
  };
  DataView.prototype.getUint8 = function (at) {
    const value = getUint8.call(this, at);
    meddle();
    return value;
  };
  try {
    return call();
  } finally {
    Object.assign(DataView.prototype, { getUint32, getUint8 });
  }
}
