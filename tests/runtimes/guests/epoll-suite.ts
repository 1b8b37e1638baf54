/** The rules of epoll that WASI 0.3's waitable sets can keep, and what happens in place of those that they cannot (docs/wasi-0.3.md). */
import {
  capabilities,
  close,
  connect,
  create,
  ctl,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  ECONNRESET,
  EDGES_BEHIND_READ_DATA,
  EEXIST,
  EINVAL,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  ENOENT,
  EPERM,
  EPIPE,
  isCurrent,
  POLLNVAL,
  recv,
  rearm,
  send,
  shutdown,
  takeError,
} from "../../../assembly/index";
import { clock } from "../../../assembly/sys/system";
import {
  bits,
  buffer,
  dataOf,
  drain,
  end,
  equal,
  events,
  fdOf,
  it,
  newListener,
  nothing,
  Pair,
  portOf,
  readinessSoon,
  receiveAll,
  SOON,
  sendBytes,
  waited,
  watching,
} from "./rules";

/** More than the guest reads ahead. */
const LARGE: i32 = 1000;
const WRITE_SIDE: u32 = 2;

function registration(): void {
  it("refuses a second ADD with EEXIST, MOD and DEL of an unregistered fd with ENOENT", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    equal(ctl(epoll, EPOLL_CTL_ADD, pair.near, EPOLLIN, 0), -EEXIST, "second ADD");
    equal(ctl(epoll, EPOLL_CTL_MOD, pair.far, EPOLLIN, 0), -ENOENT, "MOD");
    equal(ctl(epoll, EPOLL_CTL_DEL, pair.far, 0, 0), -ENOENT, "DEL");
    end(epoll);
    pair.close();
  });
  it("refuses closed fds with EBADF, standard output with EPERM, itself and maxevents of 0 with EINVAL", () => {
    const epoll = create();
    equal(ctl(epoll, EPOLL_CTL_ADD, 99, EPOLLIN, 0), -EBADF, "closed");
    equal(ctl(epoll, EPOLL_CTL_ADD, 1, EPOLLIN, 0), -EPERM, "stdout");
    equal(ctl(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN, 0), -EINVAL, "itself");
    equal(waited(epoll, 0, 0), -EINVAL, "maxevents");
    end(epoll);
  });
  it("accepts EXCLUSIVE in ADD only, and refuses MOD of such a watch", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLEXCLUSIVE);
    equal(ctl(epoll, EPOLL_CTL_MOD, pair.near, EPOLLIN, 0), -EINVAL, "MOD");
    equal(ctl(epoll, EPOLL_CTL_ADD, pair.far, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 0), -EINVAL, "ONESHOT");
    end(epoll);
    pair.close();
  });
  it("ends a watch when its fd is closed, and gives no event of it to the next file of that number", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    sendBytes(pair.far, 1);
    readinessSoon(pair.near, EPOLLIN);
    const number = pair.near;
    close(pair.near);
    const next = new Pair();
    equal(next.far == number || next.near == number ? 1 : 0, 1, "the number is used again");
    nothing(epoll, "events");
    end(epoll);
    next.close();
    close(pair.far);
  });
  it("finds present readiness when a watch is added or modified", () => {
    const pair = new Pair();
    sendBytes(pair.far, 1);
    readinessSoon(pair.near, EPOLLIN);
    const epoll = watching(pair.near, EPOLLIN | EPOLLET);
    equal(waited(epoll, SOON), 1, "after ADD");
    nothing(epoll, "an edge is told once");
    equal(ctl(epoll, EPOLL_CTL_MOD, pair.near, EPOLLIN | EPOLLET, 0), 0, "MOD");
    equal(waited(epoll, SOON), 1, "after MOD");
    end(epoll);
    pair.close();
  });
  it("returns 64 bits of user data, which MOD replaces", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLOUT, u64.MAX_VALUE - 1);
    equal(waited(epoll, SOON), 1, "events");
    equal(dataOf(), u64.MAX_VALUE - 1, "data");
    ctl(epoll, EPOLL_CTL_MOD, pair.near, EPOLLOUT, 7);
    waited(epoll, SOON);
    equal(dataOf(), 7, "data after MOD");
    equal(fdOf(), pair.near, "fd");
    end(epoll);
    pair.close();
  });
}

function triggers(): void {
  it("reports a level as long as bytes are unread, and not when they have been read", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    sendBytes(pair.far, 10);
    for (let left = 10; left > 0; left -= 5) {
      equal(waited(epoll, SOON), 1, "events");
      equal(recv(pair.near, buffer, 5), 5, "bytes");
    }
    nothing(epoll, "events with nothing unread");
    end(epoll);
    pair.close();
  });
  it("reports an edge once, and again when new data arrives after the old was read", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLET);
    for (let round = 0; round < 3; round++) {
      sendBytes(pair.far, LARGE);
      equal(waited(epoll, SOON), 1, "events");
      nothing(epoll, "second report");
      receiveAll(pair.near, LARGE);
      equal(drain(pair.near), 0, "left");
    }
    end(epoll);
    pair.close();
  });
  it("reports an edge after a read of exactly the present bytes, without EAGAIN", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLET);
    for (let round = 0; round < 3; round++) {
      sendBytes(pair.far, 8);
      equal(waited(epoll, SOON), 1, "events");
      equal(recv(pair.near, buffer, 8), 8, "bytes");
    }
    end(epoll);
    pair.close();
  });
  it("does not report new data behind unread data as an edge (a limit of WASI 0.3), and does after rearm", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLET);
    sendBytes(pair.far, 1);
    equal(waited(epoll, SOON), 1, "first");
    sendBytes(pair.far, 1);
    nothing(epoll, "second");
    rearm(pair.near);
    equal(waited(epoll, SOON), 1, "after rearm");
    end(epoll);
    pair.close();
  });
  it("makes one event of several writes before a wait", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLET);
    for (let write = 0; write < 5; write++) sendBytes(pair.far, 1);
    equal(waited(epoll, SOON), 1, "events");
    nothing(epoll, "more");
    end(epoll);
    pair.close();
  });
  it("drops an event whose bytes were read before the wait", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    sendBytes(pair.far, 1);
    readinessSoon(pair.near, EPOLLIN);
    drain(pair.near);
    equal(waited(epoll, 0), 0, "events");
    end(epoll);
    pair.close();
  });
  it("delivers all readiness under the mask, not only the change", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLOUT | EPOLLET);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLOUT, "writable");
    sendBytes(pair.far, 1);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLIN | EPOLLOUT, "both");
    end(epoll);
    pair.close();
  });
  it("does not report an edge of another direction", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLOUT | EPOLLET);
    equal(waited(epoll, SOON), 1, "writable");
    sendBytes(pair.far, 1);
    readinessSoon(pair.near, EPOLLIN);
    nothing(epoll, "data");
    end(epoll);
    pair.close();
  });
  it("silences a one-shot watch after its event, a hangup included, until MOD", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLONESHOT);
    sendBytes(pair.far, 1);
    equal(waited(epoll, SOON), 1, "events");
    close(pair.far);
    drain(pair.near);
    nothing(epoll, "while silent");
    equal(ctl(epoll, EPOLL_CTL_ADD, pair.near, EPOLLIN, 0), -EEXIST, "ADD");
    equal(ctl(epoll, EPOLL_CTL_MOD, pair.near, EPOLLIN, 0), 0, "MOD");
    equal(waited(epoll, SOON), 1, "after MOD");
    end(epoll);
    close(pair.near);
  });
  it("serves all in turn if more are ready than maxevents", () => {
    const one = new Pair();
    const two = new Pair();
    const three = new Pair();
    const epoll = watching(one.near, EPOLLOUT, 1);
    ctl(epoll, EPOLL_CTL_ADD, two.near, EPOLLOUT, 2);
    ctl(epoll, EPOLL_CTL_ADD, three.near, EPOLLOUT, 4);
    let served: u64 = 0;
    for (let turn = 0; turn < 3; turn++) {
      equal(waited(epoll, SOON, 1), 1, "events");
      served |= dataOf();
    }
    equal(served, 7, "who was served");
    end(epoll);
    one.close();
    two.close();
    three.close();
  });
  it("makes an event void when its watch is removed, changed, or its fd closed", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLOUT);
    waited(epoll, SOON);
    equal(isCurrent(epoll, events) ? 1 : 0, 1, "before");
    ctl(epoll, EPOLL_CTL_MOD, pair.near, EPOLLOUT, 0);
    equal(isCurrent(epoll, events) ? 1 : 0, 0, "after MOD");
    waited(epoll, SOON);
    close(pair.near);
    equal(isCurrent(epoll, events) ? 1 : 0, 0, "after close");
    end(epoll);
    close(pair.far);
  });
  it("makes an instance readable while one of its watches is ready", () => {
    const pair = new Pair();
    const inner = watching(pair.near, EPOLLIN);
    const outer = watching(inner, EPOLLIN);
    nothing(outer, "before");
    sendBytes(pair.far, 1);
    equal(waited(outer, SOON), 1, "events");
    equal(fdOf(), inner, "fd");
    equal(waited(inner, 0), 1, "inner");
    drain(pair.near);
    nothing(outer, "after");
    end(outer);
    end(inner);
    pair.close();
  });
  it("returns at once with a timeout of 0, and not before a positive one", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    equal(waited(epoll, 0), 0, "at once");
    for (let timeout = 1; timeout <= 25; timeout += 6) {
      const began = clock();
      equal(waited(epoll, timeout), 0, "events");
      equal(clock() - began >= timeout * 1_000_000 ? 1 : 0, 1, "early");
    }
    end(epoll);
    pair.close();
  });
  it("finds with a timeout of 0 what has arrived meanwhile", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN);
    sendBytes(pair.far, 1);
    const deadline = clock() + <i64>SOON * 1_000_000;
    let found = 0;
    while (found == 0 && clock() < deadline) found = waited(epoll, 0);
    equal(found, 1, "events");
    end(epoll);
    pair.close();
  });
}

function endings(): void {
  it("reports IN on a listener while a connection waits", () => {
    const listener = newListener();
    const epoll = watching(listener, EPOLLIN);
    nothing(epoll, "before");
    const fd = connect("127.0.0.1", portOf(listener));
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLIN, "bits");
    end(epoll);
    close(fd);
    close(listener);
  });
  it("reports OUT when a connection is made, and OUT, ERR and HUP when it is refused", () => {
    const listener = newListener();
    const port = portOf(listener);
    const made = connect("127.0.0.1", port);
    const epoll = watching(made, EPOLLOUT | EPOLLIN);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLOUT, "made");
    equal(takeError(made), 0, "no error");
    close(made);
    close(listener);
    const refused = connect("127.0.0.1", port);
    ctl(epoll, EPOLL_CTL_ADD, refused, EPOLLOUT, 0);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLOUT | EPOLLERR | EPOLLHUP, "refused");
    equal(takeError(refused), -ECONNREFUSED, "why");
    end(epoll);
    close(refused);
  });
  it("reports IN and RDHUP when the peer ends its side, and HUP too when both have", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLRDHUP);
    shutdown(pair.far, WRITE_SIDE);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLIN | EPOLLRDHUP, "half closed");
    equal(recv(pair.near, buffer, 1), 0, "end of stream");
    shutdown(pair.near, WRITE_SIDE);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLIN | EPOLLRDHUP | EPOLLHUP, "closed");
    equal(send(pair.near, buffer, 1), -EPIPE, "send");
    end(epoll);
    pair.close();
  });
  it("reports an end behind unread data when the data has been read (a limit of WASI 0.3)", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLIN | EPOLLRDHUP | EPOLLET);
    sendBytes(pair.far, 1);
    equal(waited(epoll, SOON), 1, "data");
    shutdown(pair.far, WRITE_SIDE);
    nothing(epoll, "the end");
    equal(recv(pair.near, buffer, 1), 1, "bytes");
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLIN | EPOLLRDHUP, "bits");
    end(epoll);
    pair.close();
  });
  it("reports ERR and HUP when the peer resets, whatever the mask, and recv says ECONNRESET once", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, 0);
    // Closed with unread bytes, the kernel resets.
    sendBytes(pair.near, LARGE);
    readinessSoon(pair.far, EPOLLIN);
    close(pair.far);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLERR | EPOLLHUP, "bits");
    equal(recv(pair.near, buffer, 1), -ECONNRESET, "recv");
    equal(recv(pair.near, buffer, 1), 0, "then");
    end(epoll);
    close(pair.near);
  });
  it("withdraws OUT when a send meets EAGAIN, and reports it when the peer has read", () => {
    const pair = new Pair();
    const epoll = watching(pair.near, EPOLLOUT | EPOLLET);
    waited(epoll, SOON);
    let sent = 0;
    // The buffers on the way grow for a while, and each time they take more.
    do {
      let count = send(pair.near, buffer, 1 << 18);
      while (count > 0) {
        sent += count;
        count = send(pair.near, buffer, 1 << 18);
      }
      equal(count, -EAGAIN, "a full buffer");
    } while (waited(epoll, 100) > 0);
    receiveAll(pair.far, sent);
    equal(waited(epoll, SOON), 1, "events");
    equal(bits(), EPOLLOUT, "bits");
    sendBytes(pair.near, 1);
    end(epoll);
    pair.close();
  });
  it("says by poll what is closed, passes over negative fds, and reports hangups unasked", () => {
    const pair = new Pair();
    equal(readinessSoon(99, EPOLLIN), POLLNVAL, "closed");
    equal(readinessSoon(-1, EPOLLIN, 0), 0, "negative");
    shutdown(pair.near, WRITE_SIDE);
    close(pair.far);
    equal(readinessSoon(pair.near, 0), EPOLLHUP, "hangup");
    close(pair.near);
  });
  it("promises edges behind read data alone", () => {
    equal(capabilities(), EDGES_BEHIND_READ_DATA, "capabilities");
  });
}

export function _start(): void {
  registration();
  triggers();
  endings();
}
