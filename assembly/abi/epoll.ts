/** The records of epoll and poll that callers read and write, and the numbers of epoll descriptors. */

/*                          epoll_event as waits deliver it, 16 bytes
   ┌────────────┬────────┬───────────────┐
   │ events (4) │ fd (4) │ user data (8) │
   └────────────┴────────┴───────────────┘ */
export const EPOLL_EVENT_EVENTS = 0;
export const EPOLL_EVENT_FD = EPOLL_EVENT_EVENTS + 4;
export const EPOLL_EVENT_DATA = EPOLL_EVENT_FD + 4;
export const EPOLL_EVENT_SIZE = EPOLL_EVENT_DATA + 8;

/*                          struct pollfd, 8 bytes
   ┌────────┬────────────┬─────────────┐
   │ fd (4) │ events (2) │ revents (2) │
   └────────┴────────────┴─────────────┘ */
export const POLLFD_FD = 0;
export const POLLFD_EVENTS = POLLFD_FD + 4;
export const POLLFD_REVENTS = POLLFD_EVENTS + 2;
export const POLLFD_SIZE = POLLFD_REVENTS + 2;

/** The guest numbers its epoll descriptors itself, above all numbers of the host: this plus the instance's index. */
export const INSTANCE_FD_BASE = 0x40000000;
