import { Core, Socket, select } from "pollux";

const core = await Core.open();
const pairs = Array.from({ length: 100 }, () => Socket.pair(core));
const sockets = pairs.map(([socket]) => socket);
for (const index of [7, 23, 42, 64, 99]) pairs[index][1].send(new TextEncoder().encode("hello"));
pairs[50][1].close(); // the peer leaves

const [readable, writable, exceptional] = await select(core, sockets, sockets.slice(0, 2), sockets);
console.log("readable:", readable.map((socket) => sockets.indexOf(socket)).join(" "));
console.log("writable:", writable.map((socket) => sockets.indexOf(socket)).join(" "));
console.log("exceptional:", exceptional.length);
console.log("recv of 50:", sockets[50].recv(new Uint8Array(16)));

const many = Array.from({ length: 1024 }, () => Socket.pair(core)[0]);
await select(core, many, [], [], 0).catch((error) => console.log(error.code, "for a descriptor above 1023"));
core.dispose();
