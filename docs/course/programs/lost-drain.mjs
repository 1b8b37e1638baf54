import { Core, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLET, EPOLLIN, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
const epoll = new Epoll(core);
const events = new EpollEvents(core, 8);
const [ours, theirs] = Socket.pair(core);

epoll.ctl(EPOLL_CTL_ADD, ours, EPOLLIN | EPOLLET);
theirs.send(new Uint8Array(10));
console.log("wait:", await epoll.wait(events));
ours.recv(new Uint8Array(4)); // six bytes remain
console.log("wait:", await epoll.wait(events, 0)); // with no timeout this wait could sleep for ever
epoll.ctl(EPOLL_CTL_MOD, ours, EPOLLIN | EPOLLET); // checks the socket again
console.log("wait after EPOLL_CTL_MOD:", await epoll.wait(events, 0));
console.log("recv:", ours.recv(new Uint8Array(10)));
core.dispose();
