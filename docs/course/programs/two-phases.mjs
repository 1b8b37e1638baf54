import { AGAIN, Core, Socket } from "pollux";

const core = await Core.open();
const [reader, sender] = Socket.pair(core);
const buffer = new Uint8Array(3);

console.log("nothing was sent:", reader.recv(buffer) === AGAIN ? "AGAIN" : "data");

sender.send(new TextEncoder().encode("hello"));
sender.close(); // the sender is gone, and its bytes are in the kernel

for (let count = reader.recv(buffer); count > 0; count = reader.recv(buffer)) {
  console.log("copied", count, "bytes:", new TextDecoder().decode(buffer.subarray(0, count)));
}

const size = 50_000_000;
const [slow, fast] = Socket.pair(core);
const taken = fast.send(new Uint8Array(size));
const copied = slow.recv(new Uint8Array(size));
console.log("the kernel holds less than 50 MB:", taken < size, "- one recv copies all of it:", copied === taken);
core.dispose();
