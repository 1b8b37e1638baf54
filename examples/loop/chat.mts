/** A chat: sends each line of a member to all others. Then, in other terminals: nc 127.0.0.1 9999 */
import { serve, type TcpStream } from "pollux/loop";

const LIMIT = 1 << 20; // bytes: maximum length of a line, and of the data queued for one member
const members = new Set<TcpStream>();

async function join(member: TcpStream): Promise<void> {
  members.add(member);
  try {
    let line: Uint8Array = new Uint8Array(0);
    for await (const chunk of member) {
      const text = Buffer.concat([line, chunk]);
      const end = text.lastIndexOf("\n") + 1;
      line = text.subarray(end);
      if (line.length > LIMIT) return member.abort();
      for (const other of end > 0 ? members : []) {
        if (other !== member && !other.tryWrite(text.subarray(0, end))) other.abort();
      }
    }
  } finally {
    members.delete(member);
  }
}

const server = await serve(join, { address: process.argv[2] ?? "127.0.0.1:9999", highWaterMark: LIMIT });
console.error(`listening on ${server.address}`);
