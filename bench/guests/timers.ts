/** The timers benchmark in AssemblyScript: a library whose host measures its calls. Scenarios and delays are bench/timers/process.ts's. */
import { Callback, Loop, Timer } from "pollux/assembly";

const SAME = 0;
const FIRE = 2;

const loop = new Loop();
let fired: i32 = 0;

class Count extends Callback {
  call(): void {
    fired++;
  }
}

function delayOf(scenario: i32, index: i32): f64 {
  if (scenario == SAME) return 30_000;
  const most: f64 = scenario == FIRE ? 1000 : 3_600_000;
  return 1 + Math.floor(<f64>(<u32>index * 2_654_435_761) * (most / 4_294_967_296));
}

/** Sets timers, and cancels them or waits until all have fired. Returns how many have. */
export function measure(scenario: i32, count: i32): i32 {
  const callback = new Count();
  fired = 0;
  if (scenario == FIRE) {
    for (let index = 0; index < count; index++) loop.callLater(delayOf(scenario, index), callback);
    loop.run();
    return fired;
  }
  const timers = new StaticArray<Timer | null>(count);
  for (let index = 0; index < count; index++) timers[index] = loop.callLater(delayOf(scenario, index), callback);
  for (let index = 0; index < count; index++) timers[index]!.cancel();
  return fired;
}
