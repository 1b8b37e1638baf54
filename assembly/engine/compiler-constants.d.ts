/** Defined by `asc --use POLLUX_MUTANT=n` for a test alone: which clause of `rules.ts` does not hold. */
declare const POLLUX_MUTANT: i32;
