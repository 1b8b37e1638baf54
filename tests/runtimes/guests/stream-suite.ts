/**
 * Streams on the loop in one program that connects to itself, run on each target: it prints what each side of each scenario has heard.
 * tests/conformance/loop/scenarios.ts has the same scenarios in TypeScript, and what both say.
 */
import {
  Callback,
  connectTcp,
  defaultLoop,
  errorCode,
  ListenerHandler,
  print,
  StreamHandler,
  TcpListener,
  TcpStream,
} from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

const loop = defaultLoop();
const MILLION = 1_000_000;
/** Nobody listens there. */
const CLOSED_PORT = 1;
/** Milliseconds: a scenario that takes longer does not end. */
const PATIENCE: f64 = 20_000;

function patternAt(index: i32): u8 {
  return <u8>(index * 31 + (index >> 8));
}

function pattern(length: i32): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = patternAt(index);
  return bytes;
}

/** One side of a connection, which notes what it hears. */
class Side extends StreamHandler {
  log: string = "";

  /** Its connection is started, and perhaps not made. */
  begin(_stream: TcpStream): void {}

  note(event: string): void {
    this.log += `[${event}]`;
  }

  onData(_stream: TcpStream, bytes: Uint8Array): void {
    this.log += String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
  }

  onEnd(stream: TcpStream): void {
    this.note("end");
    stream.close();
  }

  onError(_stream: TcpStream, errno: i32): void {
    this.note(errorCode(errno));
  }

  onClose(_stream: TcpStream): void {
    this.note("close");
    if (--left == 0) loop.stop();
  }
}

/** Counts bytes of the pattern in place of noting them. */
class Bulk extends Side {
  received: i32 = 0;
  isInOrder: bool = true;

  onData(_stream: TcpStream, bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++)
      if (bytes[index] != patternAt(this.received + index)) this.isInOrder = false;
    this.received += bytes.length;
  }

  onEnd(stream: TcpStream): void {
    this.note(this.received.toString() + (this.isInOrder ? " in order" : " mixed up"));
    super.onEnd(stream);
  }
}

class Echo extends Side {
  onData(stream: TcpStream, bytes: Uint8Array): void {
    super.onData(stream, bytes);
    stream.tryWrite(bytes);
  }
}

/** Says something, and ends its side when it has heard the same. */
class Asker extends Side {
  constructor(private words: string) {
    super();
  }

  begin(stream: TcpStream): void {
    stream.tryWriteText(this.words);
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    super.onData(stream, bytes);
    if (this.log == this.words) stream.closeWrite();
  }
}

/** Asks, and ends its side at once. */
class Questioner extends Side {
  begin(stream: TcpStream): void {
    stream.tryWriteText("question");
    stream.closeWrite();
  }
}

class LateAnswer extends Side {
  onEnd(stream: TcpStream): void {
    this.note("end");
    stream.tryWriteText("answer");
    stream.close();
  }
}

class ClosesInData extends Side {
  onData(stream: TcpStream, bytes: Uint8Array): void {
    super.onData(stream, bytes);
    stream.close();
    if (!stream.tryWriteText("late")) this.note("refused");
  }
}

/** Fills its stream when both sides are there, then lets the other side read. */
class Filler extends Side {
  chunk: Uint8Array = new Uint8Array(10_000);
  sent: i32 = 0;

  fill(stream: TcpStream): void {
    while (stream.tryWrite(this.chunk)) this.sent += this.chunk.length;
    this.note("full");
    if (stream.bufferedAmount > stream.highWaterMark + this.chunk.length) this.note("above the mark");
  }

  onDrain(stream: TcpStream): void {
    this.note("drain");
    stream.closeWrite();
  }
}

/** Knows how many bytes are to come. */
class Counter extends Side {
  received: i32 = 0;

  constructor(private filler: Filler) {
    super();
  }

  onData(_stream: TcpStream, bytes: Uint8Array): void {
    this.received += bytes.length;
  }

  onEnd(stream: TcpStream): void {
    this.note(this.received == this.filler.sent ? "all" : "lost");
    super.onEnd(stream);
  }
}

/** Sends all of its bytes as its stream takes them, then ends its side. */
class Sender extends Side {
  private sent: i32 = 0;

  constructor(private bytes: Uint8Array) {
    super();
  }

  onConnect(stream: TcpStream): void {
    this.send(stream);
  }

  onDrain(stream: TcpStream): void {
    this.send(stream);
  }

  private send(stream: TcpStream): void {
    while (this.sent < this.bytes.length) {
      const chunk = this.bytes.subarray(this.sent, this.sent + 10_000);
      if (!stream.tryWrite(chunk)) return;
      this.sent += chunk.length;
    }
    stream.closeWrite();
  }
}

let current: Scenario | null = null;
/** Streams of the scenario that are not closed. */
let left = 0;

abstract class Scenario {
  abstract begin(): void;

  accepted(_stream: TcpStream): StreamHandler {
    return new Side();
  }
}

class Accept extends ListenerHandler {
  onConnection(stream: TcpStream): StreamHandler {
    return current!.accepted(stream);
  }
}

const listener = TcpListener.inherit(new Accept());
const port = I32.parseInt(listener.address.substring(listener.address.lastIndexOf(":") + 1));

function connect(handler: StreamHandler): TcpStream {
  return connectTcp("127.0.0.1", port, handler);
}

/** Ends a scenario that does not end by itself: its sides' notes say what is missing. */
class Impatience extends Callback {
  call(): void {
    loop.stop();
  }
}

class Pair extends Scenario {
  constructor(
    public client: Side,
    public server: Side,
  ) {
    super();
  }

  begin(): void {
    this.client.begin(connect(this.client));
  }

  accepted(_stream: TcpStream): StreamHandler {
    return this.server;
  }
}

class Backpressure extends Scenario {
  filler: Filler = new Filler();
  counter: Counter = new Counter(this.filler);
  private client: TcpStream | null = null;

  begin(): void {
    this.client = connect(this.filler);
  }

  accepted(stream: TcpStream): StreamHandler {
    stream.pause();
    loop.callLater(5, new FillThenResume(this.filler, this.client!, stream));
    return this.counter;
  }
}

class FillThenResume extends Callback {
  constructor(
    private filler: Filler,
    private client: TcpStream,
    private server: TcpStream,
  ) {
    super();
  }

  call(): void {
    this.filler.fill(this.client);
    this.server.resume();
  }
}

class Piping extends Scenario {
  source: Side = new Sender(pattern(MILLION));
  sink: Bulk = new Bulk();
  private count: i32 = 0;

  begin(): void {
    connect(this.source);
  }

  accepted(stream: TcpStream): StreamHandler {
    if (++this.count == 2) return this.sink;
    stream.pipe(connect(new StreamHandler()));
    return stream.handler;
  }
}

class Refused extends Scenario {
  client: Side = new Side();

  begin(): void {
    connectTcp("127.0.0.1", CLOSED_PORT, this.client);
  }
}

class ClosedWhileConnecting extends Refused {
  begin(): void {
    const stream = connectTcp("127.0.0.1", CLOSED_PORT, this.client);
    stream.close();
    stream.close();
    if (!stream.tryWriteText("late")) this.client.note("refused");
  }
}

class ClosedWhileWriting extends Scenario {
  client: Side = new Side();
  server: Bulk = new Bulk();
  private isTaken: bool = true;

  begin(): void {
    const stream = connect(this.client);
    stream.highWaterMark = 2 * MILLION;
    stream.tryWrite(pattern(MILLION));
    stream.close();
    this.isTaken = stream.tryWriteText("late");
  }

  end(): void {
    if (!this.isTaken) this.client.note("refused");
  }

  accepted(_stream: TcpStream): StreamHandler {
    return this.server;
  }
}

class AbortedWhileConnecting extends Refused {
  begin(): void {
    const stream = connectTcp("127.0.0.1", CLOSED_PORT, this.client);
    stream.tryWriteText("queued");
    stream.abort();
    stream.abort();
    if (!stream.tryWriteText("late")) this.client.note("refused");
  }
}

class Crowd extends Scenario {
  clients: Asker[] = [];

  begin(): void {
    for (let index = 0; index < 100; index++) {
      const client = new Asker(`hello ${index.toString()}`);
      this.clients.push(client);
      client.begin(connect(client));
    }
  }

  accepted(_stream: TcpStream): StreamHandler {
    return new Echo();
  }
}

class Options extends Scenario {
  client: Side = new Side();

  begin(): void {
    connect(this.client).closeWrite();
  }

  accepted(stream: TcpStream): StreamHandler {
    const noDelay = stream.setNoDelay();
    this.client.note(noDelay == 0 ? "noDelay" : errorCode(-noDelay));
    const keepAlive = stream.setKeepAlive();
    this.client.note(keepAlive == 0 ? "keepAlive" : errorCode(-keepAlive));
    return new Side();
  }
}

/** @param sides - how many streams are noted when they close */
function run(scenario: Scenario, sides: i32): void {
  current = scenario;
  left = sides;
  const impatience = loop.callLater(PATIENCE, new Impatience());
  scenario.begin();
  if (left > 0) loop.run();
  impatience.cancel();
}

function runPair(name: string, pair: Pair): void {
  run(pair, 2);
  say(name, [pair.client.log, pair.server.log]);
}

function say(name: string, logs: string[]): void {
  print(`${name}: ${logs.join(" ")}`);
}

runPair("echo", new Pair(new Asker("hello"), new Echo()));
runPair("answer after the end", new Pair(new Questioner(), new LateAnswer()));
runPair("close in a read", new Pair(new Asker("one"), new ClosesInData()));

const backpressure = new Backpressure();
run(backpressure, 2);
say("backpressure", [backpressure.filler.log, backpressure.counter.log]);

const piping = new Piping();
run(piping, 2);
say("pipe", [piping.source.log, piping.sink.log]);

const refused = new Refused();
run(refused, 1);
say("refused", [refused.client.log]);

const connecting = new ClosedWhileConnecting();
run(connecting, 1);
say("close while connecting", [connecting.client.log]);

const writing = new ClosedWhileWriting();
run(writing, 2);
writing.end();
say("close while writing", [writing.client.log, writing.server.log]);

const aborted = new AbortedWhileConnecting();
run(aborted, 1);
say("abort while connecting", [aborted.client.log]);

const crowd = new Crowd();
run(crowd, 200);
let answers = 0;
for (let index = 0; index < 100; index++)
  if (crowd.clients[index].log == `hello ${index.toString()}[end][close]`) answers++;
say("crowd", [answers.toString()]);

const options = new Options();
run(options, 2);
say("options", [options.client.log]);

listener.close();
print(`closed: ${listener.address == "" ? "no address" : listener.address}`);
