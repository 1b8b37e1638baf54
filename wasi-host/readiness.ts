/** The readiness bits of poll(2) and epoll_ctl(2), which have the same values; `bits/poll.h`, `sys/epoll.h`. */
export const IN = 0x001;
/** Urgent data. */
export const PRI = 0x002;
export const OUT = 0x004;
export const ERR = 0x008;
export const HUP = 0x010;
/** The descriptor is not open: poll's POLLNVAL. Never an interest. */
export const NVAL = 0x020;
/** What is always ready, as a regular file is, answers so: DEFAULT_POLLMASK, which is IN, OUT, POLLRDNORM and POLLWRNORM. */
export const ALWAYS_READY = 0x145;
/** The peer shut down its write side. */
export const RDHUP = 0x2000;
