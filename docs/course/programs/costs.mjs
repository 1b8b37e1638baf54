import { Core, EPOLL_CTL_ADD, EPOLLIN, Epoll, EpollEvents, POLLIN, Poll, Socket, select, setFdSetSize } from "pollux";
import { SimulatedDriver } from "pollux/host/web";

let checked = 0;
class CountingDriver extends SimulatedDriver {
  poll(fds, count, timeout, edges) {
    checked += count;
    return super.poll(fds, count, timeout, edges);
  }
}

for (const size of [4, 1000, 60_000]) {
  const core = await Core.open({ driver: new CountingDriver() });
  setFdSetSize(core, 4 * size);
  const pairs = Array.from({ length: size }, () => Socket.pair(core));
  const sockets = pairs.map(([socket]) => socket);
  const [poll, epoll, events] = [new Poll(core), new Epoll(core), new EpollEvents(core)];
  for (const socket of sockets) poll.register(socket, POLLIN);
  for (const socket of sockets) epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN);
  for (const index of [1, 2]) pairs[index][1].send(new TextEncoder().encode("hello"));

  const call = async (name, wait) => {
    checked = 0;
    console.log(`${name.padEnd(6)} ${size} sockets: ${await wait()} ready, ${checked} checked`);
  };
  await call("select", async () => (await select(core, sockets, [], [], 0))[0].length);
  await call("poll", async () => (await poll.poll(0)).length);
  await call("epoll", () => epoll.wait(events, 0));
  core.dispose();
}
