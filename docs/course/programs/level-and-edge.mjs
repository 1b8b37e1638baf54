import { Core, EPOLL_CTL_ADD, EPOLLET, EPOLLIN, Epoll, EpollEvents, Socket } from "pollux";

const core = await Core.open();
const [reader, sender] = Socket.pair(core);
const [level, edge] = [new Epoll(core), new Epoll(core)];
const events = new EpollEvents(core, 8);
level.ctl(EPOLL_CTL_ADD, reader, EPOLLIN);
edge.ctl(EPOLL_CTL_ADD, reader, EPOLLIN | EPOLLET);

async function show(what) {
  console.log(`${what.padEnd(12)} level: ${await level.wait(events, 0)}  edge: ${await edge.wait(events, 0)}`);
}

sender.send(new Uint8Array(10));
await show("10 arrive");
await show("no read");
reader.recv(new Uint8Array(4));
await show("read 4");
sender.send(new Uint8Array(1));
await show("1 arrives");
console.log("in the kernel:", reader.recv(new Uint8Array(16)));
await show("read all");
core.dispose();
