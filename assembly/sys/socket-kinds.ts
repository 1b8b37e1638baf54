/** The kinds of a program's descriptors on WASI 0.2 and 0.3, which have no descriptors. */
export const FREE: u32 = 0;
export const LISTENER: u32 = 1;
/** A connection under way: it has no streams yet. */
export const CONNECTING: u32 = 2;
export const STREAM: u32 = 3;
/** A failed connection. */
export const FAILED: u32 = 4;
/** Standard input. */
export const INPUT: u32 = 5;
/** A datagram socket, without and with a peer. */
export const DATAGRAMS: u32 = 6;
export const CONNECTED_DATAGRAMS: u32 = 7;

/** The numbers of standard input and of the first socket: output and error come between. */
export const STDIN: i32 = 0;
export const FIRST: i32 = 3;
