/**
 * WASI 0.2 as an import object for components that `jco transpile --instantiation` has transpiled: instead of the
 * import object of `@bytecodealliance/preview2-shim`.
 *
 * @module pollux/host/preview2
 */
import { javascriptImports } from "./bindings/preview2/javascript.ts";
import type { WasiHostOptions } from "./options/options.ts";
import { Preview2Guest } from "./running/preview2-guest.ts";

export type { WasiHostOptions } from "./options/options.ts";

/** The imports of a transpiled component, and its end. */
export interface Preview2Imports extends Disposable {
  /** For `instantiate`: an object for each interface of WASI 0.2. */
  readonly imports: Readonly<Record<string, Record<string, unknown>>>;
  /** Closes everything that the guest left open. */
  dispose(): void;
}

/**
 * Opens everything that the options grant. Waiting calls put the thread to sleep.
 *
 * @param options a host's options; `bind`, `connect` and `inheritNetwork` grant addresses
 * @returns the import object
 * @throws ArgumentError for an unusable option
 */
export async function openPreview2(options: Omit<WasiHostOptions, "sleep"> = {}): Promise<Preview2Imports> {
  const guest = await Preview2Guest.open(options);
  return {
    imports: javascriptImports(guest.host, options.limits?.handles),
    dispose: () => guest.dispose(),
    [Symbol.dispose]: () => guest.dispose(),
  };
}
