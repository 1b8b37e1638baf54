/**
 * `asc --use POLLUX_MUTANT=name` defines it in a test build: a global, the number of the clause of `rules.ts` that does
 * not hold.
 */
declare const POLLUX_MUTANT: i32;
