import { Core, Socket, selectSync } from "pollux";

const core = await Core.open();
const buffer = new Uint8Array(1024);

/** Waiting for one socket alone: a blocking accept. */
function accept(listener) {
  selectSync(core, [listener], [], []);
  return listener.accept();
}

/** A blocking recv. */
function recv(socket) {
  selectSync(core, [socket], [], []);
  return socket.recv(buffer);
}

const listener = Socket.listen(core, process.argv[2]);
console.error(`listening on ${listener.localAddress.host}:${listener.localAddress.port}`);
for (;;) {
  const client = accept(listener);
  for (let count = recv(client); count > 0; count = recv(client)) client.send(buffer.subarray(0, count));
  client.close();
}
