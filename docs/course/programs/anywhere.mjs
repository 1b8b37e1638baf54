import { Core, EPOLL_CTL_ADD, EPOLLET, EPOLLIN, Epoll, EpollEvents, Socket, select } from "pollux";

for (const driver of ["net", "simulated"]) {
  const core = await Core.open({ driver });
  const epoll = new Epoll(core);
  const events = new EpollEvents(core, 8);
  const [reader, sender] = Socket.pair(core);
  epoll.ctl(EPOLL_CTL_ADD, reader, EPOLLIN | EPOLLET);
  sender.send(new Uint8Array(1));
  const [readable] = await select(core, [reader], [], [], 0);
  const counts = [await epoll.wait(events, 0), await epoll.wait(events, 0)];
  sender.send(new Uint8Array(1));
  console.log(`${driver}: select ${readable.length}, epoll`, ...counts, await epoll.wait(events, 0));
  core.dispose();
}
