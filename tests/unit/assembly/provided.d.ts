import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The clause of assembly/engine/rules.ts that does not hold in this run (tests/mutations/rules.mjs). */
    mutant?: number;
  }
}
