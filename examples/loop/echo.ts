/**
 * An echo server on the loop: echo-select.ts and echo-selectors.ts of assembly/programs, without the loop, the queue and the sets.
 *
 *     pollux run --listen 127.0.0.1:9999 echo.wasm [--quiet]
 */
import { args, defaultLoop, ListenerHandler, print, StreamHandler, TcpListener, TcpStream } from "pollux/assembly";

const quiet = args().includes("--quiet");

class Echo extends StreamHandler {
  constructor(private name: string) {
    super();
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    if (!quiet) print(`${this.name}: received ${bytes.length} bytes`);
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
    return new Echo(name);
  }
}

TcpListener.inherit(new Server());
defaultLoop().run();
