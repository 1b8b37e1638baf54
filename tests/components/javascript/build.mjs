/** `node build.mjs SOURCE TARGET`: a component of a JavaScript module, by componentize-qjs, for the world beside it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { argv } from "node:process";
import { componentize } from "componentize-qjs";

const [, , source, target] = argv;
/** The specifications' own files, from jco. */
const WASI = "../../../node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12";
const PACKAGES = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

const wit = mkdtempSync(path.join(tmpdir(), "pollux-wit-"));
try {
  cpSync("world.wit", path.join(wit, "world.wit"));
  for (const name of PACKAGES) {
    cpSync(path.join(WASI, `wasi-${name}`), path.join(wit, "deps", name), { recursive: true });
  }
  const { component } = await componentize({
    witPath: wit,
    jsSource: readFileSync(source, "utf8"),
    jsPath: path.resolve(source),
    moduleRoot: path.resolve(),
    world: "command",
    sync: true, // the component model's own asynchronous calls belong to 0.3
  });
  writeFileSync(target, component);
} finally {
  rmSync(wit, { recursive: true });
}
