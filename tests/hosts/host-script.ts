/** A host in a process of its own, for what a test wants of stdin: the test runner's is not to be had. */

/** Node's arguments for `script`, which has a guest's one page as `view`, and its calls as `calls`. */
export const hostScript = (script: string): string[] => [
  "--input-type=module",
  "-e",
  `import { WasiHost } from "./dist/host.js";
  const host = await WasiHost.open({ edgeSource: false });
  const memory = new WebAssembly.Memory({ initial: 1 });
  host.attach(memory);
  const view = new DataView(memory.buffer);
  const calls = host.imports.wasi_snapshot_preview1;
  ${script}`,
];
