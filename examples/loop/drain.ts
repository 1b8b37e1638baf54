/**
 * An echo server that finishes at SIGTERM: it accepts no more clients, and ends when the last one has left.
 *
 *     pollux run --listen 127.0.0.1:9999 drain.wasm        then: kill -TERM; a second signal ends it at once
 */
import {
  Callback,
  defaultLoop,
  ListenerHandler,
  printError,
  StreamHandler,
  TcpListener,
  TcpStream,
} from "pollux/assembly";

class Echo extends StreamHandler {
  onData(stream: TcpStream, bytes: Uint8Array): void {
    stream.tryWrite(bytes);
    if (stream.bufferedAmount >= stream.highWaterMark) stream.pause();
  }

  onDrain(stream: TcpStream): void {
    stream.resume();
  }
}

class Server extends ListenerHandler {
  onConnection(_stream: TcpStream): StreamHandler {
    return new Echo();
  }
}

class Drain extends Callback {
  constructor(private listener: TcpListener) {
    super();
  }

  call(): void {
    this.listener.close();
    printError("no more clients");
  }
}

const listener = TcpListener.inherit(new Server());
defaultLoop().onSignal("SIGTERM", new Drain(listener));
defaultLoop().run();
