/**
 * The chat of chat/server.ts on the loop: sends each line of a member to all others.
 *
 *     pollux run --listen 127.0.0.1:9999 chat.wasm        then, in other terminals: nc 127.0.0.1 9999
 */
import { defaultLoop, ListenerHandler, StreamHandler, TcpListener, TcpStream } from "pollux/assembly";

const LIMIT = 1 << 20; // bytes: maximum length of a line, and of the data queued for one member
const members = new Set<TcpStream>();

class Member extends StreamHandler {
  line: u8[] = [];

  onData(stream: TcpStream, bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) this.line.push(bytes[index]);
    const end = this.line.lastIndexOf(0x0a) + 1;
    if (end == 0 && this.line.length > LIMIT) stream.abort();
    if (end == 0) return;
    const text = this.line.splice(0, end);
    const others = members.values();
    for (let index = 0; index < others.length; index++) {
      if (others[index] == stream) continue;
      if (!others[index].tryWriteBytes(text.dataStart, text.length)) others[index].abort();
    }
  }

  onClose(stream: TcpStream): void {
    members.delete(stream);
  }
}

class Chat extends ListenerHandler {
  onConnection(stream: TcpStream): StreamHandler {
    stream.highWaterMark = LIMIT;
    members.add(stream);
    return new Member();
  }
}

TcpListener.inherit(new Chat());
defaultLoop().run();
