// @ts-check
/**
 * A chat: sends each line of a member to all others. A whole server on selectors in under 40 lines: a member's state is
 * the data of its registration, and a member with unsent data is also watched for writing.
 *
 *     node examples/chat/server.mjs [HOST:PORT]        then, in other terminals: nc 127.0.0.1 9999
 */
import { AGAIN, Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";

const LIMIT = 1 << 20; // bytes: maximum length of a line, and of the data queued for one member
const buffer = Buffer.alloc(65_536);
const core = await Core.open();
/** @type {DefaultSelector<{ line: Buffer, unsent: Buffer } | undefined, Socket>} */
const selector = new DefaultSelector(core);
const listener = Socket.listen(core, process.argv[2] ?? "127.0.0.1:9999");
selector.register(listener, EVENT_READ);
console.error(`listening on ${listener.localAddress?.host}:${listener.localAddress?.port}`);

/** @param {Socket} socket @param {{ line: Buffer, unsent: Buffer }} member @param {number} mask */
function serve(socket, member, mask) {
  if (mask & EVENT_WRITE) member.unsent = member.unsent.subarray(Math.max(socket.send(member.unsent), 0));
  if (member.unsent.length === 0) selector.modify(socket, EVENT_READ, member);
  const count = mask & EVENT_READ ? socket.recv(buffer) : AGAIN; // 0: the end; AGAIN is -1
  const text = Buffer.concat([member.line, buffer.subarray(0, Math.max(count, 0))]);
  const end = text.lastIndexOf("\n") + 1;
  member.line = text.subarray(end);
  if (count === 0 || member.line.length > LIMIT) leave(socket);
  for (const { fileobj, data: other } of selector.getMap().values()) {
    if (end === 0 || other === undefined || other === member) continue;
    other.unsent = Buffer.concat([other.unsent, text.subarray(0, end)]);
    if (other.unsent.length > LIMIT) leave(fileobj);
    else selector.modify(fileobj, EVENT_READ | EVENT_WRITE, other);
  }
}

/** @param {Socket} socket */
const leave = (socket) => selector.unregister(socket).fileobj.close();

for (;;) {
  for (const [{ fileobj: socket, data: member }, mask] of await selector.select()) {
    try {
      const newcomer = socket === listener ? listener.accept() : undefined;
      if (newcomer) selector.register(newcomer, EVENT_READ, { line: Buffer.alloc(0), unsent: Buffer.alloc(0) });
      if (member && socket.isOpen) serve(socket, member, mask); // it may have left earlier in this round
    } catch {
      // The peer reset the connection, or accept found no free descriptor.
      if (member) leave(socket);
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
