/**
 * The chat of server.mjs as a WASI program in AssemblyScript: sends each line of a member to all others, with the same
 * selectors. A member is the data of its registration; a member with unsent data is also watched for writing.
 *
 *     npx asc server.ts --outFile chat.wasm --runtime incremental --use abort=
 *     npx pollux run --listen 127.0.0.1:9999 chat.wasm        then, in other terminals: nc 127.0.0.1 9999
 *
 * In this repository `npm run build` makes dist/examples/chat.wasm.
 */
import { accept, close, inherited, poll, recv, send, shutdown } from "pollux/assembly";
import { DefaultSelector, Descriptor, EAGAIN, EVENT_READ, EVENT_WRITE } from "pollux/assembly";

const LIMIT = 1 << 20; // bytes: maximum length of a line, and of the data queued for one member
const buffer = new Array<u8>(65_536);
const selector = new DefaultSelector<Member | null>();

class Member extends Descriptor {
  line: u8[] = [];
  queue: u8[] = [];
}

/** Sends what waits, hears what is said, and tells the others. Who is shut down leaves when its turn comes. */
function serve(member: Member, mask: i32): void {
  if (mask & EVENT_WRITE) member.queue.splice(0, max(send(member.fd, member.queue.dataStart, member.queue.length), 0));
  if (member.queue.length == 0) selector.modify(member, EVENT_READ, member);
  const count = mask & EVENT_READ ? recv(member.fd, buffer.dataStart, buffer.length) : -EAGAIN; // 0: the end
  member.line = member.line.concat(buffer.slice(0, max(count, 0)));
  const text = member.line.splice(0, member.line.lastIndexOf(0x0a) + 1);
  if ((count <= 0 && count != -EAGAIN) || member.line.length > LIMIT) {
    selector.unregister(member);
    close(member.fd);
  }
  for (let keys = selector.getMap().values(); keys.length > 0 && text.length > 0; ) {
    const other = keys.pop().data;
    if (other == null || other == member) continue;
    other.queue = other.queue.concat(text);
    if (other.queue.length > LIMIT) shutdown(other.fd, 3);
    else selector.modify(other, EVENT_READ | EVENT_WRITE, other);
  }
}

export function _start(): void {
  if (selector.register(new Descriptor(inherited(0)), EVENT_READ, null) < 0) unreachable(); // no --listen was given
  while (true) {
    const ready = selector.select();
    while (ready.next()) {
      const known = ready.key.data;
      const member = known != null ? known : new Member(accept(ready.key.fd));
      if (known != null) serve(member, ready.mask);
      else if (selector.register(member, EVENT_READ, member) < 0) poll(0, 0, 100); // no free descriptor at the moment
    }
  }
}
