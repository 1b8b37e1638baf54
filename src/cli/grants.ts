/** `--dir` and `--env`, in wasmtime's syntax. */
import type { GrantedDirectory } from "../../wasi-host/index.ts";

const READ_ONLY = ":ro";

/**
 * Parses `--dir HOST[::GUEST][:ro]` into the granted directories by their names in the guest.
 *
 * @throws Error that names an invalid one
 */
export function directories(texts: readonly string[] = []): Record<string, GrantedDirectory> {
  const found: Record<string, GrantedDirectory> = {};
  for (const text of texts) {
    const readOnly = text.endsWith(READ_ONLY);
    const [, host, , guest = host] = /^(.+?)(::(.+))?$/s.exec(readOnly ? text.slice(0, -READ_ONLY.length) : text) ?? [];
    if (host === undefined || guest.startsWith(":") || guest.endsWith("::")) {
      throw new Error(
        `bad --dir '${text}': expected HOST or HOST::GUEST, for example ./data::/data or ./data::/data:ro`,
      );
    }
    once(found, guest, "--dir", text);
    found[guest] = { path: host, readOnly };
  }
  return found;
}

/**
 * Parses `--env NAME=VALUE`, or NAME to pass on a variable of `own` if it is set, as wasmtime does.
 *
 * @throws Error that names an invalid one
 */
export function environment(texts: readonly string[] = [], own: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts) {
    const [, name, , value = own[text]] = /^([^=]+)(=(.*))?$/s.exec(text) ?? [];
    if (name === undefined) {
      throw new Error(`bad --env '${text}': expected NAME=VALUE or NAME, for example LANG=C or HOME`);
    }
    once(found, name, "--env", text);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function once(found: Record<string, unknown>, name: string, option: string, text: string): void {
  if (Object.hasOwn(found, name)) throw new Error(`bad ${option} '${text}': '${name}' is given twice`);
}
