/** What a descriptor of a component's program stands for, on WASI 0.2 and 0.3, which know no descriptors. */
export const FREE: u32 = 0;
export const LISTENER: u32 = 1;
/** A connection that is being made: it has no streams yet. */
export const CONNECTING: u32 = 2;
export const STREAM: u32 = 3;
/** A connection that could not be made. */
export const FAILED: u32 = 4;
/** Standard input. */
export const INPUT: u32 = 5;

/** The number of standard input, and of the first socket: output and error come between. */
export const STDIN: i32 = 0;
export const FIRST: i32 = 3;
