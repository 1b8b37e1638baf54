/**
 * The end of a guest that breaks a rule of the component model or of a WIT text: the instance cannot be entered again.
 */
export function trap(message: string): never {
  throw new WebAssembly.RuntimeError(message);
}

/** Checks the case of an enum or a variant with that many cases. */
export function caseOf(value: number, cases: number, type: string): number {
  return value >>> 0 < cases ? value : trap(`${type} has no case ${value >>> 0}`);
}
