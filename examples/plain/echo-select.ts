/**
 * An echo server with select, as tutorials have it: a queue for each connection, and the three lists printed in every round.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-select.wasm
 *
 * It is to be read, and serves polite clients. assembly/programs/echo-select.ts serves all.
 */
import { accept, close, inherited, print, recv, selectLists, send } from "pollux/assembly";

const server = inherited(0);
const inputs = [server];
const outputs: i32[] = [];
const queues = new Map<i32, Uint8Array[]>();
const buffer = new Uint8Array(1024);

while (true) {
  const ready = selectLists(inputs, outputs, inputs);
  print(`[${ready.readable}] [${ready.writable}] [${ready.exceptional}]`);
  for (let index = 0; index < ready.readable.length; index++) {
    const fd = ready.readable[index];
    if (fd == server) {
      const connection = accept(server);
      print(`a new connection: ${connection}`);
      inputs.push(connection);
      queues.set(connection, []);
    } else {
      const data = buffer.slice(0, recv(fd, buffer.dataStart, buffer.length));
      print(`recv: ${String.UTF8.decode(data.buffer)}`);
      queues.get(fd).push(data);
      if (data.length > 0)
        outputs.push(fd); // the next round sends them
      else ready.exceptional.push(fd); // the client has left
    }
  }
  for (let index = 0; index < ready.writable.length; index++) {
    const fd = ready.writable[index];
    const data = queues.get(fd).shift();
    send(fd, data.dataStart, data.length);
    outputs.splice(outputs.indexOf(fd), 1);
  }
  for (let index = 0; index < ready.exceptional.length; index++) {
    const fd = ready.exceptional[index];
    if (outputs.includes(fd)) outputs.splice(outputs.indexOf(fd), 1);
    inputs.splice(inputs.indexOf(fd), 1);
    queues.delete(fd);
    close(fd);
  }
}
