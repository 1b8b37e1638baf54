/** Names of interfaces for the linker: the versions of WASI that run here, and the providers of others. */
import { ComponentError } from "../errors/component-error.ts";

export interface InterfaceName {
  /** Without the version, such as "wasi:io/streams". */
  readonly name: string;
  /** Such as "0.2.9"; empty without a version. */
  readonly version: string;
}

export function parseInterfaceName(text: string): InterfaceName {
  const at = text.indexOf("@");
  return at < 0 ? { name: text, version: "" } : { name: text.slice(0, at), version: text.slice(at + 1) };
}

/** Packages with WASI's own versions. */
const WASI = /^wasi:(cli|clocks|filesystem|http|io|random|sockets)\//;
/** Each version of 0.2 has all functions of the earlier ones. */
const SERVED = /^0\.2\.\d+(\+.*)?$/;
const NEWER = /^0\.[3-9]|^[1-9]/;

/**
 * Whether this host runs the interface's version of WASI. True for packages that are not WASI's own.
 *
 * @param uses "imports" or "exports", for the message
 * @throws ComponentError that names it, and a runtime for such a component
 */
export function checkVersion({ name, version }: InterfaceName, uses: "imports" | "exports"): void {
  if (!WASI.test(name) || SERVED.test(version)) return;
  const found = version === "" ? `${name} without a version` : `${name}@${version}`;
  const remedy = NEWER.test(version) ? "; wasmtime 46 and later run WASI 0.3" : "; build it for WASI 0.2";
  throw new ComponentError(
    `the component ${uses} ${found}: pollux runs WASI 0.2.0 to 0.2.12${remedy}`,
    "ERR_COMPONENT_UNSUPPORTED",
  );
}

/** Providers of the interfaces that are not here. */
const PROVIDERS: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/^wasi:http\//, "wasmtime serve, wasmtime run -S http or jco serve"],
  [/^wasi:(config|keyvalue|nn|tls)\//, "wasmtime run -S $1"],
  [/^wasi:/, "wasmtime, Spin or wasmCloud, depending on the version"],
  [/^wasmcloud:/, "wasmCloud"],
  [/^(fermyon|spin):/, "Spin"],
  [/^fastly:/, "Viceroy, or Fastly's Compute"],
];

/** The provider of an interface that no host here has. */
export function providerOf(name: string): string {
  for (const [pattern, provider] of PROVIDERS) {
    const found = pattern.exec(name);
    if (found !== null) return provider.replace("$1", found[1]);
  }
  return "a component that exports it: compose them with wac plug";
}

/** The error for imports that no host here has, which names them all. */
export function missing(names: readonly string[]): ComponentError {
  const named = names.map((name) => `${name} (provided by ${providerOf(name)})`);
  return new ComponentError(`the component imports what no host here has: ${named.join(", ")}`, "ERR_COMPONENT_IMPORT");
}
