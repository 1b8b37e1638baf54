/** A module has what its program uses, and nothing else of the package: by the names of its functions and imports. */
import { build } from "esbuild";
import { expect, it } from "vitest";
import { compiled } from "../assembly.ts";

interface Contents {
  /** Sources of its functions, such as `assembly/net/stream`. */
  readonly files: ReadonlySet<string>;
  readonly imports: readonly string[];
}

async function contentsOf(source: string): Promise<Contents> {
  // From this level on the compiler drops unused code, and it inlines little, so names remain.
  const options = ["--config", "none", "--optimizeLevel", "1", "--debug", "--runtime", "incremental"];
  const module = new WebAssembly.Module(await compiled(source, ...options, "--use", "abort="));
  const names = new TextDecoder().decode(WebAssembly.Module.customSections(module, "name")[0]);
  return {
    files: new Set(names.match(/assembly\/[\w/-]+/g)),
    imports: WebAssembly.Module.imports(module).map(({ name }) => name),
  };
}

it("a program that does not use the loop does not contain it", async () => {
  const { files, imports } = await contentsOf("tests/runtimes/guests/echo-once.ts");
  expect([...files].some((file) => file.startsWith("assembly/readiness/epoll/"))).toBe(true);
  expect([...files].filter((file) => file.startsWith("assembly/loop/"))).toEqual([]);
  expect(imports.filter((name) => /^sock_(?!accept|recv$|send$|shutdown)/.test(name))).toEqual([]);
});

it("a program with timers alone does not contain streams", async () => {
  const { files, imports } = await contentsOf("tests/runtimes/guests/timer-once.ts");
  const loop = [...files].filter((file) => file.startsWith("assembly/loop/"));
  expect(loop.some((file) => file.startsWith("assembly/loop/loop/"))).toBe(true);
  expect(loop.filter((file) => !/^assembly\/loop\/(hooks|loop|timers|watched)\//.test(file))).toEqual([]);
  expect(imports.filter((name) => /^sock_(?!recv$|shutdown)/.test(name))).toEqual([]);
});

it("a bundle of the library that does not import the loop does not contain it", async () => {
  const inputsOf = async (entry: string) => {
    const { metafile } = await build({
      stdin: { contents: `import { Core } from "./src/index.ts"; ${entry}; Core.open();`, resolveDir: "." },
      ...{ bundle: true, write: false, metafile: true, format: "esm", platform: "node", packages: "external" },
    });
    return Object.keys(metafile!.inputs).filter((file) => file.startsWith("src/loop/"));
  };
  expect(await inputsOf("")).toEqual([]);
  expect((await inputsOf('import { Loop } from "./src/loop/index.ts"; Loop.open()')).length).toBeGreaterThan(5);
});
