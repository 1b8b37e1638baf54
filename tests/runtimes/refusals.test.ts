/**
 * What a module says on a runtime that does not give it what it needs: one line, with the flag that would, and the end.
 * Components: component-refusals.test.ts.
 */
import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { ending, found, takenPort, without } from "./ending.ts";

const NO_LISTENER =
  "no listener inherited: give pollux run --listen HOST:PORT, wazero -listen=HOST:PORT, wasmtime up to 46 " +
  "-S preview2=n -S tcplisten=HOST:PORT; later ones have none for modules: run the component\n";

/** Our host says which option is missing, and the program what each runtime calls it. */
const NOT_GIVEN =
  "pollux: the program uses descriptor 3 as a listening socket, but was given no listener; --listen HOST:PORT gives it one\n";

const OURS = ["Node 20", "Node 24, JSPI", "Node 20, net driver", "Deno", "Bun", "Deno, net driver", "Bun, net driver"];
const STOCK = ["wasmtime 36, module", "wasmtime 46, module", "wazero"];

describe.each(PROGRAMS)("$name, as a module without a listener", ({ module, args }) => {
  it.for([...OURS, ...STOCK])("on %s", async (name, { skip }) => {
    const runtime = found(name);
    if (runtime.missing !== undefined) skip(runtime.missing);
    const flags = ["--listen", "127.0.0.1:0", "-S", "preview2=n", /^tcplisten=/, /^-listen=/];
    const { status, said } = await ending(without(runtime.command(module, args, 0), flags));
    expect([said, status]).toEqual([OURS.includes(name) ? NOT_GIVEN + NO_LISTENER : NO_LISTENER, 2]);
  });

  it("reports that wasmtime 49 has no listeners for modules", async ({ skip }) => {
    const { program, missing } = pinned("wasmtime-49");
    if (missing !== undefined) skip(missing);
    const { status, said } = await ending([program, "run", `dist/programs/${module}.wasm`, ...args]);
    expect([said, status]).toEqual([NO_LISTENER, 2]);
  });
});

it("wasmtime 49 itself refuses the flags that gave a module its listener", async ({ skip }) => {
  const { program, missing } = pinned("wasmtime-49");
  if (missing !== undefined) skip(missing);
  const flags = ["-S", "preview2=n", "-S", "tcplisten=127.0.0.1:0"];
  const { status, said } = await ending([program, "run", ...flags, "dist/programs/echo-epoll.wasm"]);
  expect(said).toMatch(/^Error: the `-Spreview2=n` flag is no longer supported\n/);
  expect(status).toBe(1);
});

it("the module reports that node:wasi has no sockets", async () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { WASI } from "node:wasi";
    const wasi = new WASI({ version: "preview1", args: ["echo"] });
    const module = await WebAssembly.compile(readFileSync("dist/programs/echo-epoll.wasm"));
    process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  `;
  const { status, said } = await ending([process.execPath, "--no-warnings", "--input-type=module", "-e", script]);
  expect([said, status]).toEqual([NO_LISTENER, 2]);
});

it.for([...OURS, "node:wasi with our imports over it"])(
  "%s reports a port in use in one line",
  async (name, { skip }) => {
    const runtime = found(name);
    if (runtime.missing !== undefined) skip(runtime.missing);
    await using taken = await takenPort();
    const { status, said } = await ending(runtime.command("echo-epoll", [], taken.port));
    expect(said).toMatch(new RegExp(`^(pollux: )?EADDRINUSE: bind 127.0.0.1:${taken.port}.*\n$`));
    expect(status).toBe(2);
  },
);

it.for([...STOCK, "workerd"])("%s itself reports a port in use, and exits", async (name, { skip }) => {
  const runtime = found(name);
  if (runtime.missing !== undefined) skip(runtime.missing);
  await using taken = await takenPort();
  const { status, said } = await ending(runtime.command("echo-epoll", [], taken.port));
  expect(said).toMatch(/address already in use/i);
  expect(status).toBe(1);
});

it.for(STOCK)("%s itself refuses a module that connects out, and names the missing import", async (name, { skip }) => {
  const runtime = found(name);
  if (runtime.missing !== undefined) skip(runtime.missing);
  const { status, said } = await ending(runtime.command("client", ["127.0.0.1", "9"], 0));
  expect(said).toMatch(/sock_open\W.*(not been defined|not exported)/);
  expect(status).toBe(1);
});
