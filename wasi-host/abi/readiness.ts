/** The readiness bits under the names that the host uses. assembly/abi/events.ts has what they mean, and their values. */
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

/** What is always ready, as a regular file is, answers so: DEFAULT_POLLMASK of the kernel. */
export const ALWAYS_READY = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
