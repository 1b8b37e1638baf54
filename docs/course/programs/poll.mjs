import { Core, POLLHUP, POLLIN, POLLOUT, Poll, Socket } from "pollux";

const core = await Core.open();
const poll = new Poll(core);
const pairs = Array.from({ length: 2000 }, () => Socket.pair(core));
for (const [socket] of pairs) poll.register(socket, POLLIN);
console.log("registered:", pairs.length, "- the highest descriptor is", pairs.at(-1)[0].fd);

pairs[7][1].send(new TextEncoder().encode("hello"));
pairs[1999][1].close();
const names = { POLLIN, POLLOUT, POLLHUP };
const show = ([fd, revents]) => {
  const index = pairs.findIndex(([socket]) => socket.fd === fd);
  return `${index}: ${Object.keys(names).filter((name) => revents & names[name])}`;
};
console.log((await poll.poll()).map(show).join("  "));
console.log((await poll.poll()).map(show).join("  ")); // the list is still there, and nothing was read
core.dispose();
