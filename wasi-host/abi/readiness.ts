/** The readiness bits under the host's names. assembly/abi/events.ts has their meanings and values. */
import { EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM } from "../../assembly/abi/events.ts";

export {
  EPOLLERR as ERR,
  EPOLLHUP as HUP,
  EPOLLIN as IN,
  EPOLLOUT as OUT,
  EPOLLPRI as PRI,
  EPOLLRDBAND as RDBAND,
  EPOLLRDHUP as RDHUP,
  EPOLLRDNORM as RDNORM,
  EPOLLWRBAND as WRBAND,
  EPOLLWRNORM as WRNORM,
  POLLNVAL as NVAL,
} from "../../assembly/abi/events.ts";

/** The readiness of an always ready descriptor, such as a regular file: the kernel's DEFAULT_POLLMASK. */
export const ALWAYS_READY = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
