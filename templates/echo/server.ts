/** A TCP echo server. It reads no further from a client that does not read. */
import {
  accept,
  close,
  create,
  ctl,
  EAGAIN,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EpollEvents,
  EPOLLIN,
  EPOLLOUT,
  inherited,
  recv,
  send,
} from "pollux/assembly";

class Client {
  interest: u32 = EPOLLIN;
  /** The bytes from `sent` to `received` in the buffer are not sent back yet. */
  sent: i32 = 0;
  received: i32 = 0;
  buffer: StaticArray<u8> = new StaticArray<u8>(4096);
}

const epoll = create();
const clients = new Map<i32, Client>();

/** Receives and sends what is possible now. Returns false if the client has gone. */
function serve(fd: i32, client: Client): bool {
  const bytes = changetype<usize>(client.buffer);
  if (client.sent == client.received) {
    const count = recv(fd, bytes, client.buffer.length);
    if (count == -EAGAIN) return true;
    if (count <= 0) return false;
    client.sent = 0;
    client.received = count;
  }
  const count = send(fd, bytes + client.sent, client.received - client.sent);
  if (count < 0 && count != -EAGAIN) return false;
  client.sent += max(count, 0);
  assert(client.sent <= client.received, "more was sent than received");
  const interest = client.sent < client.received ? EPOLLOUT : EPOLLIN;
  if (interest == client.interest) return true;
  client.interest = interest;
  return ctl(epoll, EPOLL_CTL_MOD, fd, interest, 0) >= 0;
}

function remove(fd: i32): void {
  clients.delete(fd);
  close(fd);
}

const listener = inherited(0);
if (ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0) < 0) {
  console.error("no listener; give one: pollux run --listen HOST:PORT build/server.wasm");
  process.exit(2);
}
const ready = new EpollEvents(epoll);
while (true) {
  assert(ready.wait() >= 0, "the host cannot wait");
  for (let index = 0; index < ready.count; index++) {
    const fd = ready.fd(index);
    if (fd == listener) {
      const accepted = accept(listener);
      if (accepted < 0) continue;
      clients.set(accepted, new Client());
      if (ctl(epoll, EPOLL_CTL_ADD, accepted, EPOLLIN, 0) < 0) remove(accepted);
    } else if (!serve(fd, clients.get(fd))) remove(fd);
  }
}
