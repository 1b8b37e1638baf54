/**
 * The loop's timers and hooks in one program, run by itself on each target: it prints a line for each of its cases. With the
 * argument `few` it sets 20,000 timers in place of 1,000,000. With another one it does what the loop does not survive, or sleeps.
 */
import { args, Callback, exit, Hook, Loop, print, Timer } from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

const loop = new Loop();
let calls = "";

function it(name: string, holds: bool): void {
  print((holds ? "ok " : `not ok [${calls}] `) + name);
  calls = "";
}

/** Notes its name; what else it does is a subclass's. */
class Note extends Callback {
  constructor(public name: string) {
    super();
  }

  call(): void {
    calls += this.name;
  }
}

class Early extends Note {
  constructor(public due: f64) {
    super("");
  }

  call(): void {
    calls += loop.now() < this.due ? "early " : "";
  }
}

class Cancel extends Note {
  timer: Timer | null = null;
  left: i32 = 1;

  call(): void {
    calls += this.name;
    const timer = this.timer;
    if (--this.left == 0 && timer != null) timer.cancel();
  }
}

class Again extends Note {
  left: i32 = 3;

  call(): void {
    calls += this.name;
    if (--this.left > 0) loop.callLater(0, this);
  }
}

class EndHook extends Note {
  hook: Hook | null = null;
  left: i32 = 3;

  call(): void {
    calls += this.name;
    const hook = this.hook;
    if (--this.left == 0 && hook != null) hook.cancel();
  }
}

class Stop extends Note {
  call(): void {
    calls += this.name;
    loop.stop();
  }
}

class Trap extends Callback {
  call(): void {
    throw new Error("a callback has failed");
  }
}

function end(how: string): void {
  if (how == "NaN") loop.callLater(NaN, new Note(""));
  if (how == "interval 0") loop.callEvery(0, new Note(""));
  if (how == "interval NaN") loop.callEvery(NaN, new Note(""));
  if (how == "trap") loop.callLater(1, new Trap());
  if (how == "sleep") {
    for (let index = 0; index < 10_000; index++) loop.callLater(3_600_000 + <f64>index, new Note(""));
    print("sleeping");
  }
  loop.run();
  print("survived");
}

const words = args();
const isFew = words.length > 1 && words[1] == "few";
if (words.length > 1 && !isFew) {
  end(words[1]);
  exit(0);
}

loop.run();
it("a loop with nothing open returns at once", calls == "");

loop.callSoon(new Note("a"));
loop.callSoon(new Note("b"));
loop.run();
it("callSoon calls in the order of the calls", calls == "ab");

loop.callLater(20, new Note("c"));
loop.callLater(0, new Note("a"));
loop.callLater(10, new Note("b"));
loop.run();
it("timers fire in the order of their times", calls == "abc");

const at = loop.now() + 10;
for (let index = 0; index < 5; index++) loop.callAt(at, new Note(index.toString()));
loop.run();
it("timers of the same time fire in the order they were set", calls == "01234");

loop.callLater(-5, new Note("a"));
loop.callLater(0, new Note("b"));
loop.callAt(0, new Note("c"));
loop.run();
it("a time that is past, 0 or negative means the next turn", calls == "cab");

for (let delay: f64 = 0.1; delay < 30; delay += 0.7) loop.callLater(delay, new Early(loop.now() + delay));
loop.run();
it("a timer is never early", calls == "");

loop.callLater(2, new Again("x"));
loop.run();
it("a timer may set another one for the next turn in its callback", calls == "xxx");

const cancelled = loop.callLater(5, new Note("cancelled"));
loop.callLater(1, new Note("a"));
cancelled.cancel();
cancelled.cancel();
loop.run();
it("a cancelled timer does not fire", calls == "a" && !cancelled.isActive);

const repeated = new Cancel("r");
repeated.left = 4;
repeated.timer = loop.callEvery(2, repeated);
loop.run();
it("a repeating timer fires until it is cancelled in its callback", calls == "rrrr");

const ending = new EndHook("i");
ending.hook = loop.onIdle(ending);
loop.run();
it("an idle hook runs in every turn until it is cancelled", calls == "iii");

const preparing = loop.onPrepare(new Note("p"));
loop.callLater(0, new Note("t"));
loop.callLater(3, new Note("u"));
loop.run();
preparing.cancel();
it("a prepare hook runs before waits, and does not keep the loop open", calls.startsWith("tp") && calls.endsWith("up"));

loop.callSoon(new Stop("s"));
const later = loop.callLater(60_000, new Note("never"));
loop.run();
later.cancel();
it("stop ends run with timers left", calls == "s");

const never = loop.callLater(9_007_199_254_740_992, new Note("never"));
const notBefore = loop.callAt(Infinity, new Note("never"));
loop.callLater(1, new Note("a"));
loop.callLater(2, new Stop("s"));
loop.run();
const waits = never.isActive && notBefore.isActive;
never.cancel();
notBefore.cancel();
loop.run();
it("a timer of 2^53 milliseconds, or at infinity, waits and can be cancelled", calls == "as" && waits);

const itself = new Cancel("c");
itself.timer = loop.callLater(1, itself);
loop.run();
it("a timer that fires once may cancel itself in its callback", calls == "c");

const pair = new Cancel("d");
const instant = loop.now() + 2;
loop.callAt(instant, pair);
pair.timer = loop.callAt(instant, new Note("never"));
loop.run();
it("a timer may cancel another one of the same time", calls == "d");

const many = isFew ? 20_000 : 1_000_000;
const timers = new StaticArray<Timer | null>(many);
const note = new Note("!");
for (let index = 0; index < many; index++)
  timers[index] = loop.callLater(3_600_000 + <f64>((<i64>index * 7919) % 100_000), note);
let active = 0;
for (let index = 0; index < many; index++) {
  const timer = timers[(index * 31) % many]!;
  if (timer.isActive) active++;
  timer.cancel();
}
loop.run();
it("many timers are set and cancelled in any order", calls == "" && active == many);

let fired = 0;
let last: f64 = 0;

/** Counts, and notes a timer that comes after a later one, or early. */
class Ordered extends Callback {
  constructor(public due: f64) {
    super();
  }

  call(): void {
    fired++;
    if (this.due < last) calls = "out of order";
    if (loop.now() < this.due) calls = "early";
    last = this.due;
  }
}

const first = loop.now();
for (let index = 0; index < many; index++) {
  const due = first + <f64>((<i64>index * 7919) % 1000) / 4;
  loop.callAt(due, new Ordered(due));
}
loop.run();
it("many timers fire, each once, in the order of their times, and never early", calls == "" && fired == many);
