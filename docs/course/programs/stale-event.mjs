import { Core, EPOLL_CTL_ADD, EPOLLIN, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
const epoll = new Epoll(core);
const events = new EpollEvents(core, 8);
const pairs = [Socket.pair(core), Socket.pair(core)];

for (const [ours, theirs] of pairs) {
  epoll.ctl(EPOLL_CTL_ADD, ours, EPOLLIN);
  theirs.send(new Uint8Array(1));
}
console.log("events:", await epoll.wait(events));
pairs[1][0].close(); // by the handler of the first event
console.log("current:", events.isCurrent(0), events.isCurrent(1)); // the number may belong to another file now
core.dispose();
