/**
 * The standard library in one program, run by itself on each target: its first argument says how it ends, and without one it prints a
 * line for each of its cases.
 */
import { args, env, monotonicTime, print, printError, randomBits, randomBytes, wallTime } from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

/** 2020, and far away. */
const EARLIEST: f64 = 1_577_836_800_000;
const LATEST: f64 = 4_102_444_800_000;

function it(name: string, holds: bool): void {
  print((holds ? "ok " : "not ok ") + name);
}

function isNow(time: f64): bool {
  return time > EARLIEST && time < LATEST;
}

/** Bytes that are not 0, of `length` at `buffer`. */
function filled(buffer: usize, length: i32): i32 {
  let count = 0;
  for (let index = 0; index < length; index++) if (load<u8>(buffer + index) != 0) count++;
  return count;
}

function suite(): void {
  const words = args();
  it("args has the arguments, in UTF-8", words.length == 4 && words[2] == "two words" && words[3] == "grün 🚀");
  it("process.argv is args", process.argv.length == 4 && process.argv[3] == words[3]);
  const variables = env();
  it(
    "env has the variables, with empty values and values with =",
    variables.get("A") == "x=y" && variables.get("B") == "",
  );
  it("process.env is env", process.env.get("A") == "x=y" && !process.env.has("C"));

  const began = monotonicTime();
  let count = 0;
  while (monotonicTime() == began) count++;
  it("monotonicTime goes on and never back", monotonicTime() > began && count < 1_000_000);
  it("wallTime is the time of day", isNow(wallTime()));
  it(
    "Date.now, process.time and performance.now are the same clocks",
    isNow(<f64>Date.now()) && isNow(<f64>process.time()),
  );
  it("process.hrtime counts nanoseconds", process.hrtime() > 0 && performance.now() >= began);
  it("Date reads and prints times", Date.fromString("2020-01-01T00:00:00Z").getTime() == <i64>EARLIEST);

  const buffer = heap.alloc(64);
  memory.fill(buffer, 0, 64);
  it("randomBytes fills the requested number of bytes", randomBytes(buffer, 29) == 0 && filled(buffer, 29) > 8);
  it("and no more", filled(buffer + 29, 35) == 0);
  const bits = randomBits();
  it("randomBits is another number each time", randomBits() != bits);
  const fraction = Math.random();
  it("Math.random is below 1, and another number each time", fraction < 1 && Math.random() != fraction);
  const bytes = new Uint8Array(32);
  crypto.getRandomValues(bytes.subarray(16));
  it(
    "crypto.getRandomValues fills its array",
    filled(bytes.dataStart + 16, 16) > 4 && filled(bytes.dataStart, 16) == 0,
  );

  const long = "line".repeat(20_000);
  print(long);
  printError("to stderr");
  console.log("log");
  console.info("info");
  console.debug("debug");
  console.warn("warn");
  console.error("error");
  console.assert(true, "not printed");
  console.assert(false, "printed");
  console.time("timer");
  console.timeEnd("timer");
  console.timeEnd("timer");
  process.stdout.write("written\n");
  process.stderr.write(String.UTF8.encode("written\n"));
  trace("traced", 2, 1, 2.5);
}

const how = args().length > 1 ? args()[1] : "";
if (how == "exit") process.exit(3);
if (how == "exit 0") process.exit();
assert(how != "assert", "a reason — in UTF-8");
if (how == "throw") throw new Error("thrown");
if (how == "index") trace([1][args().length].toString());
suite();
