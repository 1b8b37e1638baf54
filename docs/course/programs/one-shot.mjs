import { Core, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLIN, EPOLLONESHOT, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
const epoll = new Epoll(core);
const events = new EpollEvents(core, 8);
const [reader, sender] = Socket.pair(core);
epoll.ctl(EPOLL_CTL_ADD, reader, EPOLLIN | EPOLLONESHOT);

sender.send(new Uint8Array(10));
console.log("wait:", await epoll.wait(events));
console.log("recv:", reader.recv(new Uint8Array(16)));
sender.send(new Uint8Array(5));
console.log("wait:", await epoll.wait(events, 0));
epoll.ctl(EPOLL_CTL_MOD, reader, EPOLLIN | EPOLLONESHOT);
console.log("wait after EPOLL_CTL_MOD:", await epoll.wait(events, 0));
core.dispose();
