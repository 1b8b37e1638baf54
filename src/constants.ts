/** The constants of epoll(7) and poll(2), with their C names and values. */
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLMSG,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDBAND,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWRBAND,
  EPOLLWRNORM,
} from "../assembly/abi/events.ts";

export {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLMSG,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDBAND,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWAKEUP,
  EPOLLWRBAND,
  EPOLLWRNORM,
  POLLNVAL,
} from "../assembly/abi/events.ts";
export { FD_SETSIZE } from "../assembly/abi/select.ts";

/** Readable without blocking. */
export const POLLIN = EPOLLIN;
/** Urgent data or another exceptional condition. */
export const POLLPRI = EPOLLPRI;
/** Writable without blocking. */
export const POLLOUT = EPOLLOUT;
/** An error is pending; always reported. */
export const POLLERR = EPOLLERR;
/** Both directions are closed; always reported. */
export const POLLHUP = EPOLLHUP;
/** Same as POLLIN. */
export const POLLRDNORM = EPOLLRDNORM;
/** Out-of-band data can be read. */
export const POLLRDBAND = EPOLLRDBAND;
/** Same as POLLOUT. */
export const POLLWRNORM = EPOLLWRNORM;
/** Out-of-band data can be written. */
export const POLLWRBAND = EPOLLWRBAND;
/** Never reported. */
export const POLLMSG = EPOLLMSG;
/** The peer has shut down its write side. */
export const POLLRDHUP = EPOLLRDHUP;
