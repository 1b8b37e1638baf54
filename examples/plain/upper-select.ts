/**
 * A server with select that answers in upper case, as tutorials have it: a client stays in the list of outputs until its queue is empty.
 *
 *     pollux run --listen 127.0.0.1:9999 upper-select.wasm
 *
 * It is to be read, and serves polite clients. assembly/programs/upper-select.ts serves all.
 */
import { accept, close, inherited, peerAddress, print, recv, selectLists, send } from "pollux/assembly";

const server = inherited(0);
const inputs = [server];
const outputs: i32[] = [];
const queues = new Map<i32, string[]>();
const buffer = new Uint8Array(1024);

function remove(list: i32[], fd: i32): void {
  if (list.includes(fd)) list.splice(list.indexOf(fd), 1);
}

function forget(fd: i32): void {
  remove(outputs, fd);
  remove(inputs, fd);
  queues.delete(fd);
  close(fd);
}

while (true) {
  print("waiting for the next event");
  const ready = selectLists(inputs, outputs, inputs);
  for (let index = 0; index < ready.readable.length; index++) {
    const fd = ready.readable[index];
    if (fd == server) {
      const connection = accept(server);
      inputs.push(connection);
      queues.set(connection, []);
      continue;
    }
    const count = recv(fd, buffer.dataStart, buffer.length);
    if (count > 0) {
      const text = String.UTF8.decodeUnsafe(buffer.dataStart, count);
      print(`received from [${peerAddress(fd)}]: ${text}`);
      queues.get(fd).push(text);
      if (!outputs.includes(fd)) outputs.push(fd);
    } else {
      print(`the client has left: ${fd}`);
      forget(fd);
    }
  }
  for (let index = 0; index < ready.writable.length; index++) {
    const fd = ready.writable[index];
    if (!queues.has(fd)) continue; // it has left in this round
    const queue = queues.get(fd);
    if (queue.length == 0) {
      print(`client [${peerAddress(fd)}]: the queue is empty`);
      remove(outputs, fd);
    } else {
      const text = queue.shift();
      print(`sending to [${peerAddress(fd)}]: ${text}`);
      const answer = String.UTF8.encode(text.toUpperCase());
      send(fd, changetype<usize>(answer), answer.byteLength);
    }
  }
  for (let index = 0; index < ready.exceptional.length; index++) {
    const fd = ready.exceptional[index];
    print(`exceptional condition: [${peerAddress(fd)}]`);
    if (queues.has(fd)) forget(fd);
  }
}
