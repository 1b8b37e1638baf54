import { AGAIN, Core, Socket, select } from "pollux";

const core = await Core.open();
const listener = Socket.listen(core, "127.0.0.1:0");
const client = Socket.connect(core, listener.localAddress);

// Error 1: nothing is in the lists. The client has connected, and select does not look at the listener.
console.log("empty lists:", (await select(core, [], [], [], 100)).flat().length, "ready");
console.log("the listener in the list:", (await select(core, [listener], [], [])).flat().length, "ready");

// Error 2: a new connection is not data.
const conn = listener.accept();
const buffer = new Uint8Array(1024);
console.log("recv straight after accept:", conn.recv(buffer) === AGAIN ? "AGAIN" : "data");
client.send(new TextEncoder().encode("hello"));
await select(core, [listener, conn], [], []); // the connection is in the list now
console.log("recv when select reports it:", conn.recv(buffer), "bytes");
core.dispose();
