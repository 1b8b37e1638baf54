/**
 * Scenarios of streams that every loop plays, in either language: what each side of a connection hears. Here are the
 * expected events and the scenarios in TypeScript; tests/runtimes/guests/stream-suite.ts has them in AssemblyScript.
 */
import { connect, type Loop, type StreamHandler, TcpListener, type TcpStream } from "../../../src/loop/index.ts";

/**
 * By the scenario's name: the client, then the server. Those without a scenario below are AssemblyScript's alone, where a stream is there
 * before its connection is made.
 */
export const HEARD: Readonly<Record<string, string>> = {
  echo: "hello[end][close] hello[end][close]",
  "answer after the end": "answer[end][close] question[end][close]",
  "close in a read": "[end][close] one[close][refused]",
  backpressure: "[full][drain][end][close] [all][end][close]",
  pipe: "[end][close] [1000000 in order][end][close]",
  refused: "[ECONNREFUSED][close]",
  "close while connecting": "[close][refused]",
  "close while writing": "[close][refused] [1000000 in order][end][close]",
  "abort while connecting": "[close][refused]",
  crowd: "100",
  options: "[noDelay][keepAlive][end][close]",
  closed: "no address",
};

const MILLION = 1_000_000;

const pattern = (length: number) => Uint8Array.from({ length }, (_, index) => index * 31 + (index >> 8));

/** One side of a connection, which notes what it hears. */
class Side implements StreamHandler {
  log = "";

  note(event: string): void {
    this.log += `[${event}]`;
  }

  data(_stream: TcpStream, chunk: Uint8Array): void {
    this.log += new TextDecoder().decode(chunk);
  }

  end(stream: TcpStream): void {
    this.note("end");
    void stream.close();
  }

  close(): void {
    this.note("close");
  }
}

/** Counts bytes of the pattern in place of noting them. */
class Bulk extends Side {
  received = 0;
  isInOrder = true;

  override data(_stream: TcpStream, chunk: Uint8Array): void {
    for (let index = 0; index < chunk.length; index++) {
      const at = this.received + index;
      if (chunk[index] !== ((at * 31 + (at >> 8)) & 0xff)) this.isInOrder = false;
    }
    this.received += chunk.length;
  }

  override end(stream: TcpStream): void {
    this.note(`${this.received} ${this.isInOrder ? "in order" : "mixed up"}`);
    super.end(stream);
  }
}

class Echo extends Side {
  override data(stream: TcpStream, chunk: Uint8Array): void {
    super.data(stream, chunk);
    stream.tryWrite(chunk);
  }
}

class ClosesInData extends Side {
  override data(stream: TcpStream, chunk: Uint8Array): void {
    super.data(stream, chunk);
    void stream.close();
    if (!stream.tryWrite("late")) this.note("refused");
  }
}

class LateAnswer extends Side {
  override end(stream: TcpStream): void {
    this.note("end");
    stream.tryWrite("answer");
    void stream.close();
  }
}

/** Two ends. Nothing else is open on the loop. */
async function pair(loop: Loop): Promise<[client: TcpStream, server: TcpStream]> {
  const listener = await TcpListener.listen("127.0.0.1:0", { loop });
  const streams = await Promise.all([connect(listener.address, { loop }), listener.accept()]);
  listener.close();
  return streams;
}

type Run = (loop: Loop) => Promise<void>;

/** Begins with the client, and tells what both sides have heard. */
async function between(loop: Loop, run: Run, client: Side, server: Side, begin: (client: TcpStream) => void) {
  const [near, far] = await pair(loop);
  near.handle(client);
  far.handle(server);
  begin(near);
  await run(loop);
  return `${client.log} ${server.log}`;
}

class Asker extends Side {
  readonly words: string;

  constructor(words: string) {
    super();
    this.words = words;
  }

  override data(stream: TcpStream, chunk: Uint8Array): void {
    super.data(stream, chunk);
    if (this.log === this.words) void stream.closeWrite();
  }
}

/** Sends all bytes as its stream takes them, then ends its side. */
class Sender extends Side {
  readonly #bytes: Uint8Array;
  #sent = 0;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  send(stream: TcpStream): void {
    while (this.#sent < this.#bytes.length) {
      const chunk = this.#bytes.subarray(this.#sent, this.#sent + 10_000);
      if (!stream.tryWrite(chunk)) return;
      this.#sent += chunk.length;
    }
    void stream.closeWrite();
  }

  drain(stream: TcpStream): void {
    this.send(stream);
  }
}

async function backpressure(loop: Loop, run: Run): Promise<string> {
  const [near, far] = await pair(loop);
  const chunk = new Uint8Array(10_000);
  let [sent, received] = [0, 0];
  const client = Object.assign(new Side(), {
    drain(stream: TcpStream) {
      client.note("drain");
      void stream.closeWrite();
    },
  });
  const server = new Side();
  const { end } = server;
  Object.assign(server, {
    data: (_stream: TcpStream, bytes: Uint8Array) => {
      received += bytes.length;
    },
    end: (stream: TcpStream) => {
      server.note(received === sent ? "all" : "lost");
      end.call(server, stream);
    },
  });
  far.pause();
  near.handle(client);
  far.handle(server);
  loop.callLater(5, () => {
    while (near.tryWrite(chunk)) sent += chunk.length;
    client.note("full");
    if (near.bufferedAmount > 65_536 + chunk.length) client.note("above the mark");
    far.resume();
  });
  await run(loop);
  return `${client.log} ${server.log}`;
}

async function pipe(loop: Loop, run: Run): Promise<string> {
  const [source, entry] = await pair(loop);
  const [exit, sink] = await pair(loop);
  const [sender, bulk] = [new Sender(pattern(MILLION)), new Bulk()];
  source.handle(sender);
  sink.handle(bulk);
  void entry.pipe(exit);
  void exit.pipe(entry);
  sender.send(source);
  await run(loop);
  return `${sender.log} ${bulk.log}`;
}

async function crowd(loop: Loop, run: Run): Promise<string> {
  const listener = await TcpListener.listen("127.0.0.1:0", { loop });
  const askers = Array.from({ length: 100 }, (_, index) => new Asker(`hello ${index}`));
  let accepted = 0;
  listener.handle((stream) => {
    stream.handle(new Echo());
    if (++accepted === askers.length) listener.close();
  });
  await Promise.all(
    askers.map(async (asker) => {
      const stream = await connect(listener.address, { loop });
      stream.handle(asker);
      stream.tryWrite(asker.words);
    }),
  );
  await run(loop);
  return String(askers.filter(({ log, words }) => log === `${words}[end][close]`).length);
}

async function options(loop: Loop, run: Run): Promise<string> {
  const [near, far] = await pair(loop);
  const client = new Side();
  far.setNoDelay();
  client.note("noDelay");
  far.setKeepAlive();
  client.note("keepAlive");
  near.handle(client);
  far.handle(new Side());
  void near.closeWrite();
  await run(loop);
  return client.log;
}

/** In TypeScript: each tells what was heard. */
export const SCENARIOS: Readonly<Record<string, (loop: Loop, run: Run) => Promise<string>>> = {
  echo: (loop, run) => between(loop, run, new Asker("hello"), new Echo(), (client) => client.tryWrite("hello")),
  "answer after the end": (loop, run) =>
    between(loop, run, new Side(), new LateAnswer(), (client) => {
      client.tryWrite("question");
      void client.closeWrite();
    }),
  "close in a read": (loop, run) =>
    between(loop, run, new Asker("one"), new ClosesInData(), (client) => client.tryWrite("one")),
  backpressure,
  pipe,
  "close while writing": async (loop, run) => {
    const [near, far] = await pair(loop);
    const [client, server] = [new Side(), new Bulk()];
    near.handle(client);
    far.handle(server);
    near.tryWrite(pattern(MILLION));
    void near.close();
    const isTaken = near.tryWrite("late");
    await run(loop);
    if (!isTaken) client.note("refused");
    return `${client.log} ${server.log}`;
  },
  crowd,
  options,
};
