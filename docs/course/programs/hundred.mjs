import { AGAIN, Core, Socket } from "pollux";

const core = await Core.open();
const pairs = Array.from({ length: 100 }, () => Socket.pair(core));
for (const index of [7, 23, 42, 64, 99]) pairs[index][1].send(new TextEncoder().encode("hello"));

const buffer = new Uint8Array(16);
for (const round of [1, 2]) {
  const counts = pairs.map(([socket]) => socket.recv(buffer));
  const received = counts.filter((count) => count !== AGAIN).length;
  console.log(`round ${round}: 100 calls of recv, ${received} with data, ${100 - received} AGAIN`);
}
core.dispose();
