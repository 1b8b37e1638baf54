/** Datagram sockets on the loop in one program that talks to itself: it prints a line for each of its cases. */
import {
  Callback,
  DatagramHandler,
  defaultLoop,
  EACCES,
  EBADF,
  EDESTADDRREQ,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  openDatagrams,
  print,
  UdpSocket,
} from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

const loop = defaultLoop();
const LARGEST = 65_507;
/** Milliseconds: a datagram that has not arrived by then is lost. */
const PATIENCE: f64 = 10_000;

function it(name: string, holds: bool): void {
  print((holds ? "ok " : "not ok ") + name);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

class Stop extends Callback {
  call(): void {
    loop.stop();
  }
}

/** Notes what arrives, and stops the loop after so many datagrams. */
class Receiver extends DatagramHandler {
  text: string = "";
  from: string = "";
  length: i32 = -1;
  sum: i32 = 0;
  left: i32 = 1;

  onDatagram(_socket: UdpSocket, bytes: Uint8Array, from: string): void {
    this.text += String.UTF8.decodeUnsafe(bytes.dataStart, min(bytes.length, 100));
    this.from = from;
    this.length = bytes.length;
    for (let index = 0; index < bytes.length; index++) this.sum += bytes[index];
    if (--this.left == 0) loop.stop();
  }
}

class Echo extends DatagramHandler {
  onDatagram(socket: UdpSocket, bytes: Uint8Array, from: string): void {
    socket.send(bytes, from);
  }
}

function wait(): void {
  const patience = loop.callLater(PATIENCE, new Stop());
  loop.run();
  patience.cancel();
}

function talk(host: string): void {
  const server = UdpSocket.open(`${host}:0`, new Echo());
  const receiver = new Receiver();
  const client = UdpSocket.open(`${host}:0`, receiver);
  const sent = client.send(bytesOf("hello"), server.localAddress);
  wait();
  it(`${host}: a datagram is answered to its sender`, sent == 0 && receiver.text == "hello");
  it(`${host}: the sender's address comes with it`, receiver.from == server.localAddress);

  receiver.left = 1;
  client.send(new Uint8Array(0), server.localAddress);
  wait();
  it(`${host}: an empty datagram arrives`, receiver.length == 0);

  receiver.left = 1;
  const large = new Uint8Array(LARGEST).fill(1);
  const largest = client.send(large, server.localAddress);
  wait();
  it(`${host}: 65,507 bytes arrive whole`, largest == 0 && receiver.length == LARGEST);

  const tooLong = client.send(new Uint8Array(70_000), server.localAddress);
  it(`${host}: a datagram that is too long is EMSGSIZE`, tooLong == -EMSGSIZE);

  receiver.text = "";
  receiver.left = 100;
  for (let index = 0; index < 100; index++) client.send(bytesOf("."), server.localAddress);
  wait();
  it(`${host}: many datagrams arrive, each by itself`, receiver.text == ".".repeat(100) && receiver.length == 1);

  const pages = memory.size();
  for (let index = 0; index < 200; index++) {
    receiver.left = 1;
    client.send(large, server.localAddress);
    wait();
  }
  it(`${host}: 200 exchanges of 65,507 bytes keep less than a mebibyte of memory`, memory.size() - pages < 16);

  it(`${host}: a send without address or peer is EDESTADDRREQ`, client.send(bytesOf("x")) == -EDESTADDRREQ);
  receiver.text = "";
  receiver.left = 1;
  const connected = client.connect(server.localAddress);
  client.send(bytesOf("peer"));
  wait();
  it(`${host}: after connect a send needs no address`, connected == 0 && receiver.text == "peer");
  it(`${host}: the peer's address is known`, client.peerAddress == server.localAddress && server.peerAddress == "");
  it(`${host}: an address after connect is EISCONN`, client.send(bytesOf("x"), server.localAddress) == -EISCONN);

  client.close();
  client.close();
  it(`${host}: a closed socket is EBADF`, !client.isOpen && client.send(bytesOf("x")) == -EBADF);
  server.close();
}

talk("127.0.0.1");
talk("[::1]");

const socket = UdpSocket.open("127.0.0.1:0", new DatagramHandler());
it("a receiver that is not granted is EACCES", socket.send(bytesOf("x"), "127.0.0.2:9") == -EACCES);
it("an address that is none is EINVAL", socket.send(bytesOf("x"), "nowhere") == -EINVAL);
it("a peer that is none is EINVAL", socket.connect("127.0.0.1") == -EINVAL);
it("an own address that is not granted is EACCES", openDatagrams("127.0.0.2:0") == -EACCES);
socket.close();
loop.run();
it("a loop without an open socket ends", true);
