/** The guest's modules, and the bundled programs as components for WASI 0.2 and 0.3, as parts of the build. */
import path from "node:path";
import { compile } from "./compiler.mjs";

const SCRIPTS = ["modules", "compiler", "compiler-thread", "stamps"].map((script) => `scripts/${script}.mjs`);
/** asc's own version is not enough: binaryen optimizes, and jco makes the components. */
const COMPILERS = ["assemblyscript", "binaryen", "long", "@bytecodealliance/jco"];
const FILES = [...SCRIPTS, ...COMPILERS.map((name) => `node_modules/${name}/package.json`)];

const PROGRAMS = {
  "echo-select": "minimal",
  "echo-poll": "minimal",
  "echo-epoll": "minimal",
  "upper-select": "minimal",
  client: "minimal",
  "echo-selectors": "incremental",
};
const MODELS = ["blocking", "non-blocking", "multiplexing", "signal-driven", "asynchronous"];

/** Shipped as modules; tests run them as components too. */
const LOOP_EXAMPLES = ["proxy", "chat", "idle"];
/** As short as in tutorials. */
const PLAIN_EXAMPLES = ["client", "echo-select", "echo-selectors", "upper-select"];

const STANDARD_SUITE = "tests/runtimes/guests/standard-suite.ts";
const LOOP_SUITE = "tests/runtimes/guests/loop-suite.ts";
const STREAM_SUITE = "tests/runtimes/guests/stream-suite.ts";
const DATAGRAM_SUITE = "tests/runtimes/guests/datagram-suite.ts";
const SIGNALS = "tests/runtimes/guests/signals.ts";
const RECORDED_WAITS = "tests/runtimes/guests/recorded-waits.ts";
const WOKEN = "tests/runtimes/guests/woken.ts";

const STANDARD = { standard: true };
/** The engine for tests/unit/assembly has asserts, and a switch for each clause of its rules. */
const ENGINE_TESTS = ["corruption", "layout", "mutant"].map((name) => `tests/unit/guests/${name}.ts`);
const CHECKED =
  "--config none --optimizeLevel 0 --shrinkLevel 0 --use POLLUX_MUTANT=tests/unit/guests/mutant/clause".split(" ");

/** Examples and the guests of benchmarks are not imported. */
const UNIMPORTED = /^(examples|bench|tests)\//;
/** Optimizes until nothing becomes smaller, which doubles the time: for what is shipped. */
const CONVERGED = { options: ["--converge"] };
/**
 * For what pages download: asc inlines less. A server would take a third more instructions for a request; the library's calls cost the
 * same.
 */
const SMALLEST = { options: [...CONVERGED.options, "--shrinkLevel", "1"] };

/** asconfig.json has the other options, and asc reads it. Those of `more` are as compiler-thread.mjs has them. */
const module = (name, source, runtime = "minimal", more = {}) => ({
  name,
  options: { sources: [source].flat(), runtime, ...more },
  files: () => FILES,
  async make(inputs) {
    const binary = await compiled(this.options, inputs);
    const file = `dist/${name}.wasm`;
    return new Map([[file, binary], ...(UNIMPORTED.test(name) ? [] : standIns(name, file, binary))]);
  },
});

/** Halves the time: for what is not shipped. The suites' modules are compiled as a user's program is, and what benchmarks run. */
const QUICK = { options: "--optimizeLevel 1 --shrinkLevel 0".split(" ") };

/** A user's program re-exports what component.ts exports. */
const component = (path, source, runtime, wasi, standard = false) => {
  const name = `${path}.${wasi === "0.3" ? "p3." : ""}component`;
  return {
    name,
    options: standard
      ? { sources: [source], runtime, wasi, standard, ...QUICK }
      : { sources: [source, "assembly/component.ts"], runtime, wasi },
    files: () => FILES,
    async make(inputs) {
      return new Map([[`dist/${name}.wasm`, await compiled(this.options, inputs)]]);
    },
  };
};

async function compiled(job, inputs) {
  const { binary, inputs: read } = await compile(job);
  for (const [file, hash] of read) inputs.note(file, hash);
  return binary;
}

/** Uint8Array<ArrayBuffer>, for a TypeScript before 5.7 too, where it is not generic (types.mjs). */
const BYTES = 'ReturnType<Uint8ArrayConstructor["from"]>';

/**
 * What stands for a module in JavaScript: its address (pollux/wasm/NAME/url), and its bytes (pollux/wasm/NAME/bytes), with
 * their types. Bundlers know `new URL(.., import.meta.url)`; the bytes are text in base64, so that they need no file beside
 * them.
 */
function standIns(name, file, binary) {
  const folder = path.join("dist/wasm", name);
  const text = Buffer.from(binary).toString("base64");
  const entry = (script, source) => [path.join(folder, script), source];
  return [
    entry("url.js", `export default new URL("${path.relative(folder, file)}", import.meta.url);\n`),
    entry("url.d.ts", `/** Where ${name}.wasm is. */\ndeclare const url: URL;\nexport default url;\n`),
    entry("bytes.js", `export default Uint8Array.from(atob("${text}"), (letter) => letter.charCodeAt(0));\n`),
    entry("bytes.d.ts", `/** ${name}.wasm. */\ndeclare const bytes: ${BYTES};\nexport default bytes;\n`),
  ];
}

export const modules = [
  module("core", "assembly/core.ts", "minimal", SMALLEST),
  ...Object.entries(PROGRAMS).map(([name, runtime]) =>
    module(`programs/${name}`, `assembly/programs/${name}.ts`, runtime, CONVERGED),
  ),
  ...MODELS.map((name) =>
    module(`programs/models/${name}`, `assembly/programs/models/${name}.ts`, "minimal", SMALLEST),
  ),
  module("bench/answers", "bench/guests/answers.ts"),
  module("bench/hello", "bench/guests/hello.ts"),
  module("bench/timers", "bench/guests/timers.ts", "incremental"),
  module("examples/chat", "examples/chat/server.ts", "incremental"),
  ...[...LOOP_EXAMPLES, "client", "drain", "echo", "upper"].map((name) =>
    module(`examples/loop/${name}`, `examples/loop/${name}.ts`, "incremental", { ...STANDARD, ...QUICK }),
  ),
  ...PLAIN_EXAMPLES.map((name) =>
    module(`examples/plain/${name}`, `examples/plain/${name}.ts`, "incremental", { ...STANDARD, ...QUICK }),
  ),
  module("examples/keyvalue", "examples/keyvalue/main.ts", "incremental", STANDARD),
  module("tests/standard-suite", STANDARD_SUITE, "incremental", STANDARD),
  module("tests/loop-suite", LOOP_SUITE, "incremental", STANDARD),
  module("tests/stream-suite", STREAM_SUITE, "incremental", STANDARD),
  module("tests/woken", WOKEN, "incremental", STANDARD),
  module("tests/signals", SIGNALS, "incremental", STANDARD),
  module("tests/recorded-waits", RECORDED_WAITS, "incremental"),
  module("tests/datagram-suite", DATAGRAM_SUITE, "incremental", STANDARD),
  module("tests/engine", ["assembly/core.ts", ...ENGINE_TESTS], "stub", { options: CHECKED }),
];

export const components = [
  ...Object.entries(PROGRAMS).flatMap(([name, runtime]) =>
    ["0.2", "0.3"].map((wasi) => component(`programs/${name}`, `assembly/programs/${name}.ts`, runtime, wasi)),
  ),
  ...["0.2", "0.3"].map((wasi) => component("tests/relay", "tests/runtimes/guests/relay.ts", "minimal", wasi)),
  component("tests/epoll-suite", "tests/runtimes/guests/epoll-suite.ts", "incremental", "0.3"),
  ...["0.2", "0.3"].flatMap((wasi) => [
    component("tests/standard-suite", STANDARD_SUITE, "incremental", wasi, true),
    component("tests/loop-suite", LOOP_SUITE, "incremental", wasi, true),
    component("tests/stream-suite", STREAM_SUITE, "incremental", wasi, true),
    component("tests/woken", WOKEN, "incremental", wasi, true),
    component("tests/datagram-suite", DATAGRAM_SUITE, "incremental", wasi, true),
    component("tests/signals", SIGNALS, "incremental", wasi, true),
    ...LOOP_EXAMPLES.map((name) =>
      component(`tests/examples/${name}`, `tests/components/guests/${name}.ts`, "incremental", wasi, true),
    ),
  ]),
];
