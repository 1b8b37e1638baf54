/**
 * An echo server that closes idle connections.
 *
 *     pollux run --listen 127.0.0.1:9999 idle.wasm 30000        milliseconds
 */
import {
  args,
  Callback,
  defaultLoop,
  ListenerHandler,
  StreamHandler,
  TcpListener,
  TcpStream,
  Timer,
} from "pollux/assembly";

const words = args();
const timeout: f64 = words.length > 1 ? F64.parseFloat(words[1]) : 30_000;

class Expiry extends Callback {
  constructor(private stream: TcpStream) {
    super();
  }

  call(): void {
    this.stream.tryWriteText("idle\n");
    this.stream.close();
  }
}

class Echo extends StreamHandler {
  constructor(private timer: Timer) {
    super();
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    this.timer.cancel();
    this.timer = defaultLoop().callLater(timeout, new Expiry(stream));
    stream.tryWrite(bytes);
    if (stream.bufferedAmount >= stream.highWaterMark) stream.pause();
  }

  onDrain(stream: TcpStream): void {
    stream.resume();
  }

  onClose(_stream: TcpStream): void {
    this.timer.cancel();
  }
}

class Server extends ListenerHandler {
  onConnection(stream: TcpStream): StreamHandler {
    return new Echo(defaultLoop().callLater(timeout, new Expiry(stream)));
  }
}

TcpListener.inherit(new Server());
defaultLoop().run();
