/** A program that waits by epoll, and does not use the loop. */
import {
  accept,
  close,
  create,
  ctl,
  EPOLL_CTL_ADD,
  EpollEvents,
  EPOLLIN,
  inherited,
  recv,
  send,
} from "../../../assembly";

export function _start(): void {
  const epoll = create();
  const events = new EpollEvents(epoll);
  ctl(epoll, EPOLL_CTL_ADD, inherited(0), EPOLLIN, 0);
  events.wait();
  const client = accept(events.fd(0));
  const buffer = heap.alloc(4096);
  send(client, buffer, recv(client, buffer, 4096));
  close(client);
}
