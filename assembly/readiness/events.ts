/** The bits of readiness and interest, with the names and values of `sys/epoll.h` and `poll.h`. */
export const EPOLLIN: u32 = 0x001;
export const EPOLLPRI: u32 = 0x002;
export const EPOLLOUT: u32 = 0x004;
export const EPOLLERR: u32 = 0x008;
export const EPOLLHUP: u32 = 0x010;
/** poll only: the descriptor is not open. */
export const POLLNVAL: u32 = 0x020;
export const EPOLLRDNORM: u32 = 0x040;
export const EPOLLRDBAND: u32 = 0x080;
export const EPOLLWRNORM: u32 = 0x100;
export const EPOLLWRBAND: u32 = 0x200;
export const EPOLLMSG: u32 = 0x400;
export const EPOLLRDHUP: u32 = 0x2000;

export const EPOLLEXCLUSIVE: u32 = 0x10000000;
export const EPOLLWAKEUP: u32 = 0x20000000;
export const EPOLLONESHOT: u32 = 0x40000000;
export const EPOLLET: u32 = 0x80000000;

export const EPOLL_CTL_ADD: i32 = 1;
export const EPOLL_CTL_DEL: i32 = 2;
export const EPOLL_CTL_MOD: i32 = 3;

/** Every bit that can be a readiness. */
export const READINESS: u32 = 0x27df;
/** Watched and delivered whether asked for or not. */
export const ALWAYS: u32 = EPOLLERR | EPOLLHUP;
/** What reading until EAGAIN uses up. */
export const READABLE: u32 = EPOLLIN | EPOLLRDNORM | EPOLLRDBAND;
/** What writing until EAGAIN uses up. */
export const WRITABLE: u32 = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
