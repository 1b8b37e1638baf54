/**
 * The block of memory that joins the two halves of a buffered driver: the front, on the guest's thread, which answers the
 * contract's calls, and the back, wherever there is an event loop, which owns the sockets.
 *
 *     ┌─────────┬──────────┬─────────────┬───────────┬───────────┬ ─ ─ ─
 *     │ control │ notices  │ requests    │ line 0    │ line 1    │   grows, line by line
 *     └─────────┴──────────┴─────────────┴───────────┴───────────┴ ─ ─ ─
 *                 back ─▶     front ─▶
 *
 * Each socket has a line:
 *
 *     ┌───────┬───────────────┬────────────────┬──────────────────────┬──────────────────────┐
 *     │ words │ local address │ remote address │ incoming bytes, back ▶│ outgoing bytes, front ▶│
 *     └───────┴───────────────┴────────────────┴──────────────────────┴──────────────────────┘
 *
 * Every word has one side that writes it, save where said. Words that the two sides write often lie on cache lines of their
 * own. All numbers are 32 bits.
 */

/** Words of the control part. */
export const FRONT_ASLEEP = 0;
export const BACK_ASLEEP = 16;
/** Not 0: an error has ended the back's thread. */
export const BACK_ENDED = 17;
/** How many lines have ever been used; both sides add to it. */
export const USED_LINES = 32;
/** How many there can be: a power of two. */
export const MOST_LINES = 33;
/** How many lines were put into each queue since the beginning. */
export const NOTICES_PUT = 48;
export const REQUESTS_PUT = 64;
export const QUEUES = 80 * 4;

/** Words of a line. Bits of NOTICES and REQUESTS are set by who has something to tell, and cleared by who takes note. */
export const NOTICES = 0;
export const REQUESTS = 1;
/** What the line is (`KIND_`), the address that it is opened with, and the backlog or the system's descriptor. */
export const KIND = 2;
export const ARGUMENT = 3;
/** What has become of the socket (`STATE_`), and why it failed: a WASI errno. */
export const STATE = 4;
export const ERROR = 5;
/** Not 0: the back has bytes for which there is no room. The front only looks. */
export const STARVED = 6;
/** Not 0: the front wants to hear of room for outgoing bytes. Set by the front, cleared by the back when it tells. */
export const CRAMPED = 7;
/** Not 0: the back has opened the line, and takes it again when it is free. */
export const ACCEPTED = 8;
/** Positions in the rings (`byte-ring.ts`). */
export const INCOMING_WRITTEN = 16;
export const INCOMING_READ = 32;
export const OUTGOING_WRITTEN = 48;
export const OUTGOING_READ = 64;
export const WORDS = 80;

/** An address: its port, the length of its text, and the text in UTF-8, which has to fit. */
export const LOCAL = WORDS * 4;
export const ADDRESS_TEXT = 8;
export const LONGEST_ADDRESS = 248;
export const REMOTE = LOCAL + ADDRESS_TEXT + LONGEST_ADDRESS;

/** In place of a listener's port: the text is the system's descriptor of one that was inherited. */
export const INHERITED = -2;

/** Of a page. */
export const INCOMING = 4096;
/** Bytes in each ring: 64 KiB, and the longest datagram with its sender. */
export const RING_SIZE = 17 * 4096;
export const OUTGOING = INCOMING + RING_SIZE;
export const LINE_SIZE = OUTGOING + RING_SIZE;

export const KIND_STREAM = 1;
export const KIND_LISTENER = 2;
export const KIND_DATAGRAMS = 3;
export const KIND_STDIN = 4;

/** Connected, listening, bound. */
export const STATE_OPEN = 1;
/** The peer sends no more; all that it has sent is in the ring. */
export const STATE_ENDED = 2;
/** ERROR says why. */
export const STATE_FAILED = 4;

/** What the back tells. */
export const NOTICE_STATE = 1;
export const NOTICE_BYTES = 2;
export const NOTICE_ROOM = 4;
/** The line's socket is gone, and the back will touch it no more. */
export const NOTICE_FREE = 8;
/** ERROR says what, and the socket can be used further. */
export const NOTICE_ERROR = 16;

/** What the front asks for. */
export const REQUEST_OPEN = 1;
/** There are outgoing bytes. */
export const REQUEST_SEND = 2;
/** There is room for incoming bytes. */
export const REQUEST_RESUME = 4;
/** No more will be sent: end the write side after the last byte. Of a listener: listen no more. */
export const REQUEST_SHUTDOWN = 8;
/** The handle is closed. What was sent goes out; unread bytes reset the connection. */
export const REQUEST_CLOSE = 16;
/** The handle is closed by a reset. */
export const REQUEST_RESET = 32;
/** The line is free: of one that the back has opened. */
export const REQUEST_RECYCLE = 64;
/** Datagrams go to and come from the remote address alone. */
export const REQUEST_CONNECT = 128;
/** The read side is shut down. */
export const REQUEST_DEAF = 256;
