/** A host in its own process, for tests of stdin: the test runner's stdin is not available. */
import { inlineModule } from "../script-runtime.ts";

/** The command line for `script`, which has a guest's page as `view`, and its calls as `calls`; over that driver. */
export const hostScript = (script: string, driver?: string) =>
  inlineModule(`import { WasiHost } from "./dist/host.js";
  const host = await WasiHost.open({ edgeSource: false, driver: ${JSON.stringify(driver)} });
  const memory = new WebAssembly.Memory({ initial: 1 });
  host.attach(memory);
  const view = new DataView(memory.buffer);
  const calls = host.imports.wasi_snapshot_preview1;
  ${script}`);
