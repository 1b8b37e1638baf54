import { Core, EPOLL_CTL_ADD, EPOLLEXCLUSIVE, EPOLLIN, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
async function woken(flags) {
  const listener = Socket.listen(core, "127.0.0.1:0");
  const waits = [1, 2, 3].map(() => {
    const epoll = new Epoll(core);
    epoll.ctl(EPOLL_CTL_ADD, listener, EPOLLIN | flags);
    return epoll.wait(new EpollEvents(core, 1), 500);
  });
  Socket.connect(core, listener.localAddress);
  return (await Promise.all(waits)).filter((count) => count > 0).length;
}
console.log("woken:", await woken(0));
console.log("woken with EPOLLEXCLUSIVE:", await woken(EPOLLEXCLUSIVE));
core.dispose();
