/**
 * The guest's other thread, which writes to shared memory and grows it while the host reads: here between two reads of
 * the host, so that the result depends only on the seed.
 */
import { Random } from "../../../wasi-host/drivers/simulated/random.ts";
import { ARENA } from "./steps.ts";

const { getUint32, getUint8 } = DataView.prototype;
/** The average number of reads between two writes, and of writes between two growths. */
const READS = 4;
const WRITES = 50;
/** A length that memory does not hold. */
const LARGEST = 100_000;

/** Runs `call`; each number that it reads from memory may change another one. */
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
