import { Core, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLET, EPOLLIN, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
const epoll = new Epoll(core);
const events = new EpollEvents(core, 1); // one event per wait, to show the order
const [greedy, flood] = Socket.pair(core);
const [modest, drop] = Socket.pair(core);
for (const socket of [greedy, modest]) epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
flood.send(new Uint8Array(100_000));
drop.send(new Uint8Array(1));

const turn = async () => {
  await epoll.wait(events);
  return events.fd(0) === greedy.fd ? "greedy" : "modest";
};
console.log(await turn());
greedy.recv(new Uint8Array(4096)); // end of its turn, with data left
epoll.ctl(EPOLL_CTL_MOD, greedy, EPOLLIN | EPOLLET); // back to the end of the list
console.log(await turn());
console.log(await turn());
core.dispose();
