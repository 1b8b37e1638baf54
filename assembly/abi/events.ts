/** The bits of readiness and interest, with the names and values of `sys/epoll.h` and `poll.h`; and the operations of epoll_ctl. */

/** Readable without blocking. */
export const EPOLLIN = 0x001;
/** Urgent data or another exceptional condition. */
export const EPOLLPRI = 0x002;
/** Writable without blocking. */
export const EPOLLOUT = 0x004;
/** An error is pending; always reported. */
export const EPOLLERR = 0x008;
/** Both directions are closed; always reported. */
export const EPOLLHUP = 0x010;
/** The descriptor is not open. poll only, and never an interest. */
export const POLLNVAL = 0x020;
/** Same as EPOLLIN. */
export const EPOLLRDNORM = 0x040;
/** Out-of-band data can be read. */
export const EPOLLRDBAND = 0x080;
/** Same as EPOLLOUT. */
export const EPOLLWRNORM = 0x100;
/** Out-of-band data can be written. */
export const EPOLLWRBAND = 0x200;
/** Never reported. */
export const EPOLLMSG = 0x400;
/** The peer has shut down its write side. */
export const EPOLLRDHUP = 0x2000;

/** Wake one of several instances that wait for a descriptor. */
export const EPOLLEXCLUSIVE = 0x10000000;
/** Accepted without effect. */
export const EPOLLWAKEUP = 0x20000000;
/** Report once, then nothing until EPOLL_CTL_MOD. */
export const EPOLLONESHOT = 0x40000000;
/** Edge-triggered: report arrivals, not states. */
export const EPOLLET = 0x80000000;

/** Start to watch a descriptor. */
export const EPOLL_CTL_ADD = 1;
/** Stop watching a descriptor. */
export const EPOLL_CTL_DEL = 2;
/** Change the events of a watched descriptor. */
export const EPOLL_CTL_MOD = 3;

/** All bits of readiness. The others are flags of a watch. */
export const READINESS = 0x27df;
/** Always watched and delivered, asked for or not. */
export const ALWAYS = EPOLLERR | EPOLLHUP;
/** The bits that end when a read returns EAGAIN. */
export const READABLE = EPOLLIN | EPOLLRDNORM | EPOLLRDBAND;
/** The bits that end when a write returns EAGAIN. */
export const WRITABLE = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
