/**
 * A server on the loop that answers in upper case: upper-select.ts of assembly/programs, without the loop, the queue and the sets.
 *
 *     pollux run --listen 127.0.0.1:9999 upper.wasm [--quiet]
 */
import { args, defaultLoop, ListenerHandler, print, StreamHandler, TcpListener, TcpStream } from "pollux/assembly";

const quiet = args().includes("--quiet");

class Upper extends StreamHandler {
  constructor(private name: string) {
    super();
  }

  /** Changes ASCII letters only, as Python's bytes.upper() does. */
  onData(stream: TcpStream, bytes: Uint8Array): void {
    if (!quiet) print(`${this.name}: received ${bytes.length} bytes`);
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index];
      if (byte >= 0x61 && byte <= 0x7a) bytes[index] = byte - 0x20;
    }
    stream.tryWrite(bytes);
    if (stream.bufferedAmount >= stream.highWaterMark) stream.pause();
  }

  onDrain(stream: TcpStream): void {
    stream.resume();
  }

  onClose(_stream: TcpStream): void {
    if (!quiet) print(`${this.name} went`);
  }
}

class Server extends ListenerHandler {
  onConnection(stream: TcpStream): StreamHandler {
    const name = `client ${stream.fd}`;
    if (!quiet) print(`${name} came`);
    return new Upper(name);
  }
}

TcpListener.inherit(new Server());
defaultLoop().run();
