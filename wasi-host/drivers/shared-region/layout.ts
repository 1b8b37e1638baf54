/**
 * The region of memory that joins the two halves of a buffered driver: the client end, on the guest's thread, which answers the
 * contract's calls, and the I/O end, wherever there is an event loop, which owns the sockets.
 *
 *     ┌─────────┬──────────┬─────────────┬──────────────────────┬─────────┬─────────┬ ─ ─ ─
 *     │ control │ notices  │ requests    │ headers of channels  │ rings 0 │ rings 1 │   grows, channel by channel
 *     └─────────┴──────────┴─────────────┴──────────────────────┴─────────┴─────────┴ ─ ─ ─
 *                 I/O end ─▶  client end ─▶
 *
 * Each socket has a channel, a header and two rings:
 *
 *     ┌───────┬────────────────┐     ┌───────────────────────┬────────────────────────┐
 *     │ words │ both addresses │     │ incoming bytes, I/O ▶ │ outgoing, client end ▶ │
 *     └───────┴────────────────┘     └───────────────────────┴────────────────────────┘
 *
 * The system gives memory to a page when it is first written. An idle socket never writes to its rings, and twelve headers share
 * a page.
 *
 * Every word has one side that writes it, save where said. Words that the two sides write often lie on cache lines of their
 * own. All numbers are 32 bits.
 */

/** Words of the control part. */
export const CLIENT_ASLEEP = 0;
export const IO_ASLEEP = 16;
/** Not 0: an error has ended the I/O end's thread. */
export const IO_ENDED = 17;
/** The number of channels ever used; both sides increase it. */
export const USED_CHANNELS = 32;
/** The most channels: a power of two. */
export const CHANNEL_LIMIT = 33;
/** Not 0: the I/O end's sockets keep options. Set by the I/O end at its start. */
export const KEEPS_OPTIONS = 34;
/** The number of channels put into each queue so far. */
export const NOTICES_PUT = 48;
export const REQUESTS_PUT = 64;
export const QUEUES = 80 * 4;

/** Words of a channel. The sender sets bits of NOTICES and REQUESTS, the receiver clears them. */
export const NOTICES = 0;
export const REQUESTS = 1;
/** The kind of the channel (`KIND_`). */
export const KIND = 2;
/** For a listener the backlog, or HELD; the client end sets it again when it listens. For a stream FROM_LOCAL, or 0. */
export const ARGUMENT = 3;
/** The socket's state (`STATE_`), and the WASI errno of its failure. */
export const STATE = 4;
export const ERROR = 5;
/** Not 0: the I/O end has bytes without room for them. Only the I/O end writes it. */
export const INCOMING_BLOCKED = 6;
/** Not 0: the client end waits for room for outgoing bytes. The client end sets it, the I/O end clears it with the notice. */
export const ROOM_WANTED = 7;
/** Not 0: the I/O end has opened the channel, and takes it again when it is free. */
export const ACCEPTED = 8;
/** Options without their default value: a bit for each (`socket-options.ts`). Only the client end writes it. */
export const OPTIONS = 9;
/** Positions in the rings, and where the rings begin (`byte-ring.ts`). The I/O end writes the first three. */
export const INCOMING_WRITTEN = 16;
export const INCOMING_START = 17;
export const OUTGOING_READ = 18;
export const INCOMING_READ = 32;
export const OUTGOING_WRITTEN = 33;
export const OUTGOING_START = 34;
export const WORDS = 48;

/**
 * Both addresses: the port of each and the length of its text, in words, and then the texts in UTF-8, which must fit. A host has
 * half of the bytes: an IPv6 address with its zone has up to 55. A path has all, because the other end of its socket has no name;
 * the longest one that a socket can have is 107 bytes long (unix(7)).
 */
export const LOCAL = 0;
export const REMOTE = 1;
export const ADDRESS_PORT = WORDS;
export const ADDRESS_LENGTH = WORDS + 2;
export const ADDRESS_TEXT = (WORDS + 4) * 4;
export const MAX_ADDRESS = 112;
export const MAX_HOST = MAX_ADDRESS / 2;

/** Instead of a listener's port: the text is the system's descriptor of an inherited one. */
export const INHERITED = -2;

/** Instead of a backlog: nothing listens yet, and the port is only held. */
export const HELD = -1;
/** The stream connects from its local address. */
export const FROM_LOCAL = 1;

/** The size of a header: whole cache lines. */
export const HEADER_SIZE = ADDRESS_TEXT + MAX_ADDRESS;

/** Bytes in each ring: 64 KiB, and the longest datagram with its sender. */
export const RING_SIZE = 17 * 4096;
export const RINGS_SIZE = 2 * RING_SIZE;
/** What one socket takes. */
export const CHANNEL_SIZE = HEADER_SIZE + RINGS_SIZE;

export const KIND_STREAM = 1;
export const KIND_LISTENER = 2;
export const KIND_DATAGRAMS = 3;
export const KIND_STDIN = 4;

/** Connected, listening, bound. */
export const STATE_OPEN = 1;
/** The peer has ended its write side, and all of its bytes are in the ring. */
export const STATE_ENDED = 2;
/** ERROR gives the reason. */
export const STATE_FAILED = 4;

/** Notices of the I/O end. */
export const NOTICE_STATE = 1;
export const NOTICE_BYTES = 2;
export const NOTICE_ROOM = 4;
/** The socket is closed, and the I/O end does not touch the channel any more. */
export const NOTICE_FREE = 8;
/** ERROR gives the reason, and the socket can still be used. */
export const NOTICE_ERROR = 16;

/** Requests of the client end. */
export const REQUEST_OPEN = 1;
/** There are outgoing bytes. */
export const REQUEST_SEND = 2;
/** There is room for incoming bytes. */
export const REQUEST_RESUME = 4;
/** End the write side after the last byte. For a listener: stop listening. */
export const REQUEST_SHUTDOWN = 8;
/** The handle is closed. Sends the rest; unread bytes reset the connection. */
export const REQUEST_CLOSE = 16;
/** The handle is closed with a reset. */
export const REQUEST_RESET = 32;
/** Releases a channel that the I/O end has opened. */
export const REQUEST_RECYCLE = 64;
/** Datagrams go to and come from the remote address only. */
export const REQUEST_CONNECT = 128;
/** The read side is shut down. */
export const REQUEST_SHUTDOWN_READ = 256;
/** OPTIONS have changed. */
export const REQUEST_OPTIONS = 512;
/** The bound socket listens. */
export const REQUEST_LISTEN = 1024;
