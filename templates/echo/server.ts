/** A TCP echo server: what a client sends comes back. From who does not read, nothing more is received. */
import {
  accept,
  close,
  create,
  ctl,
  EAGAIN,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_SIZE,
  EPOLLIN,
  EPOLLOUT,
  inherited,
  recv,
  send,
  wait,
} from "pollux/assembly";

const BUFFER: i32 = 4096;
const MOST_EVENTS: i32 = 64;

@unmanaged
class Client {
  fd: i32;
  interest: u32;
  /** Of the buffer, these bytes have been received and not been sent back: from `sent` to `received`. */
  sent: i32;
  received: i32;
  buffer: usize;
}

const epoll = create();

function welcome(fd: i32): void {
  const client = changetype<Client>(heap.alloc(offsetof<Client>()));
  client.fd = fd;
  client.interest = EPOLLIN;
  client.sent = client.received = 0;
  client.buffer = heap.alloc(BUFFER);
  if (ctl(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, changetype<usize>(client)) < 0) leave(client);
}

function leave(client: Client): void {
  close(client.fd);
  heap.free(client.buffer);
  heap.free(changetype<usize>(client));
}

/** Does what can be done now. False: the client has gone. */
function serve(client: Client): bool {
  if (client.sent == client.received) {
    const count = recv(client.fd, client.buffer, BUFFER);
    if (count == -EAGAIN) return true;
    if (count <= 0) return false;
    client.sent = 0;
    client.received = count;
  }
  const count = send(client.fd, client.buffer + client.sent, client.received - client.sent);
  if (count < 0 && count != -EAGAIN) return false;
  if (count > 0) client.sent += count;
  const interest = client.sent < client.received ? EPOLLOUT : EPOLLIN;
  if (interest == client.interest) return true;
  client.interest = interest;
  return ctl(epoll, EPOLL_CTL_MOD, client.fd, interest, changetype<usize>(client)) >= 0;
}

export function _start(): void {
  const listener = inherited(0);
  // Trapped where there is no listener: `pollux run --listen HOST:PORT` gives one.
  if (ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0) < 0) unreachable();
  const events = heap.alloc(MOST_EVENTS * EPOLL_EVENT_SIZE);
  while (true) {
    const count = wait(epoll, events, MOST_EVENTS, -1);
    for (let index = 0; index < count; index++) {
      const client = changetype<Client>(<usize>load<u64>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_DATA));
      if (changetype<usize>(client) != 0) {
        if (!serve(client)) leave(client);
      } else {
        const fd = accept(listener);
        if (fd >= 0) welcome(fd);
      }
    }
  }
}
