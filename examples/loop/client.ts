/**
 * The client of assembly/programs/client.ts on the loop: sends three messages over two connections. Each answer is as long as its message.
 *
 *     pollux run --connect 127.0.0.1:9999 client.wasm 127.0.0.1 9999
 */
import { args, connectTcp, defaultLoop, errorCode, exit, localAddress, print, printError } from "pollux/assembly";
import { StreamHandler, TcpStream } from "pollux/assembly";

const MESSAGES = ["This is the message. ", "It will be sent ", "in parts."];
const words = args();
assert(words.length > 2, "usage: client HOST PORT");

class Dialogue extends StreamHandler {
  name: string = `${words[1]}:${words[2]}`;
  round: i32 = 0;
  answer: string = "";

  onConnect(stream: TcpStream): void {
    this.name = localAddress(stream.fd);
    this.say(stream);
  }

  say(stream: TcpStream): void {
    print(`${this.name}: sending "${MESSAGES[this.round]}"`);
    stream.tryWriteText(MESSAGES[this.round]);
  }

  onData(stream: TcpStream, bytes: Uint8Array): void {
    this.answer += String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
    if (this.answer.length < MESSAGES[this.round].length) return;
    print(`${this.name}: received "${this.answer}"`);
    this.answer = "";
    if (++this.round < MESSAGES.length) this.say(stream);
    else stream.close();
  }

  onEnd(_stream: TcpStream): void {
    this.fail("closed by the server");
  }

  onError(_stream: TcpStream, errno: i32): void {
    this.fail(errorCode(errno));
  }

  fail(reason: string): void {
    printError(`${words[1]}:${words[2]}: ${reason}`);
    exit(1);
  }
}

for (let count = 0; count < 2; count++) connectTcp(words[1], I32.parseInt(words[2]), new Dialogue());
defaultLoop().run();
