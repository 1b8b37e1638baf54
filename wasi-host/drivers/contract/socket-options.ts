/** Socket options of drivers (socket(7), tcp(7)). Values are ints; those up to BROADCAST are 0 or 1. */

/** TCP_NODELAY: send without waiting for acknowledgements. 1 by default, on every driver. */
export const NO_DELAY = 0;
/** SO_KEEPALIVE. */
export const KEEP_ALIVE = 1;
/** SO_LINGER with a time of 0: close resets the connection. A longer time would block the closing thread. */
export const RESET_ON_CLOSE = 2;
/** SO_BROADCAST. */
export const BROADCAST = 3;
/** SO_RCVBUF and SO_SNDBUF, in bytes. */
export const RECEIVE_BUFFER = 4;
export const SEND_BUFFER = 5;
/** TCP_KEEPIDLE and TCP_KEEPINTVL in seconds, TCP_KEEPCNT: the start, interval and number of probes. */
export const KEEP_ALIVE_IDLE = 6;
export const KEEP_ALIVE_INTERVAL = 7;
export const KEEP_ALIVE_COUNT = 8;
/** IP_TTL, IPV6_UNICAST_HOPS. */
export const HOP_LIMIT = 9;

/** A bit for each option that is 1 by default. */
export const ON_BY_DEFAULT = 1 << NO_DELAY;

/** A bit for each option of a TCP socket, and of a datagram socket. */
export const STREAM_OPTIONS = (1 << NO_DELAY) | (1 << KEEP_ALIVE) | (1 << RESET_ON_CLOSE) | (1 << BROADCAST);
export const DATAGRAM_OPTIONS = 1 << BROADCAST;

/** The largest buffer of a guest, in bytes: the kernel's own limit (net.ipv4.tcp_rmem, tcp_wmem). */
export const MAX_BUFFER = 4 << 20;
