/** wasi:sockets: TCP, UDP and names. */
import { poll } from "wasi:io/poll@0.2.12";
import { resolveAddresses } from "wasi:sockets/ip-name-lookup@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";
import { createUdpSocket } from "wasi:sockets/udp-create-socket@0.2.12";
import { bound, boundUdp, connected, finished, ipv4, ipv6, listening, network, settled } from "./loopback.js";
import { bytes, drop, holds, tell, text } from "./telling.js";

const FAMILIES = ["ipv4", "ipv6"];
const V4_MAPPED = [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1];
/** An address for documentation: no machine has it. */
const NOT_OURS = [192, 0, 2, 1];
const SECOND = 1e9;

export function tcp() {
  for (const family of FAMILIES) tell(`create-tcp-socket: ${family}`, () => createTcpSocket(family).addressFamily());
  const socket = () => createTcpSocket("ipv4");

  tell("start-bind: an address of the other family", () => socket().startBind(network(), ipv6(0)));
  tell("start-bind: an IPv4 address in IPv6", () => createTcpSocket("ipv6").startBind(network(), ipv6(0, V4_MAPPED)));
  tell("start-bind: twice", () => {
    const twice = socket();
    twice.startBind(network(), ipv4(0));
    twice.startBind(network(), ipv4(0));
  });
  tell("start-bind: bound", () => bound(socket()).startBind(network(), ipv4(0)));
  tell("bind: an address that the machine does not have", () => bound(socket(), ipv4(0, NOT_OURS)));
  tell("bind: a multicast address", () => bound(socket(), ipv4(0, [224, 0, 0, 1])));
  tell("bind: the broadcast address", () => bound(socket(), ipv4(0, [255, 255, 255, 255])));
  tell("bind: any address", () => bound(socket(), ipv4(0, [0, 0, 0, 0])).localAddress().val.address);
  const taken = listening();
  tell("bind: a port that is taken", () => {
    const second = bound(socket(), taken.localAddress());
    second.startListen();
    finished(second, () => second.finishListen());
  });
  tell("finish-bind: not begun", () => socket().finishBind());
  tell("finish-bind: twice", () => bound(socket()).finishBind());

  tell("start-connect: an address of the other family", () => socket().startConnect(network(), ipv6(1)));
  tell("start-connect: an IPv4 address in IPv6", () =>
    createTcpSocket("ipv6").startConnect(network(), ipv6(1, V4_MAPPED)),
  );
  tell("start-connect: any address", () => socket().startConnect(network(), ipv4(1, [0, 0, 0, 0])));
  tell("start-connect: port 0", () => socket().startConnect(network(), ipv4(0)));
  tell("start-connect: a multicast address", () => socket().startConnect(network(), ipv4(1, [224, 0, 0, 1])));
  tell("start-connect: listening", () => listening().startConnect(network(), taken.localAddress()));
  tell("start-connect: under way", () => {
    const twice = socket();
    twice.startConnect(network(), taken.localAddress());
    twice.startConnect(network(), taken.localAddress());
  });
  tell("start-connect: connected", () => connected(taken).client.socket.startConnect(network(), taken.localAddress()));
  tell("finish-connect: not begun", () => socket().finishConnect());
  tell("finish-connect: nobody listens", () => {
    const gone = listening();
    const address = gone.localAddress();
    drop(gone);
    const client = socket();
    client.startConnect(network(), address);
    finished(client, () => client.finishConnect());
  });
  tell("connect: bound before", () => {
    const client = bound(socket());
    const { port } = client.localAddress().val;
    client.startConnect(network(), taken.localAddress());
    finished(client, () => client.finishConnect());
    return client.localAddress().val.port === port ? "from that port" : "from another port";
  });

  tell("start-listen: not bound", () => socket().startListen());
  tell("start-listen: listening", () => listening().startListen());
  tell("start-listen: connected", () => connected(taken).client.socket.startListen());
  tell("finish-listen: not begun", () => bound(socket()).finishListen());
  tell("accept: not listening", () => bound(socket()).accept());
  tell("accept: nobody has come", () => listening().accept());
  tell("accept: connected", () => connected(listening()).client.socket.accept());

  tell("is-listening: at first", () => socket().isListening());
  tell("is-listening: bound", () => bound(socket()).isListening());
  tell("is-listening: listening", () => listening().isListening());
  tell("local-address: not bound", () => socket().localAddress());
  tell("local-address: bound", () => bound(socket()).localAddress().val.address);
  tell("remote-address: not connected", () => socket().remoteAddress());
  tell("remote-address: listening", () => listening().remoteAddress());
  holds("remote-address: connected", () => {
    const listener = listening();
    const { client, server } = connected(listener);
    const { port } = client.socket.remoteAddress().val;
    const { port: back } = server.socket.remoteAddress().val;
    return port === listener.localAddress().val.port && back === client.socket.localAddress().val.port;
  });
  tell("address-family: of what was accepted", () => connected(listening()).server.socket.addressFamily());
  holds("ipv6: there and back", () => {
    const listener = listening(ipv6(0));
    const client = createTcpSocket("ipv6");
    client.startConnect(network(), listener.localAddress());
    const [, output] = finished(client, () => client.finishConnect());
    const [, input] = finished(listener, () => listener.accept());
    output.blockingWriteAndFlush(bytes("six"));
    return text(input.blockingRead(10)) === "six";
  });

  tell("set-listen-backlog-size: 0", () => socket().setListenBacklogSize(0));
  tell("set-listen-backlog-size: before it listens", () => socket().setListenBacklogSize(10));
  tell("set-listen-backlog-size: while it listens", () => listening().setListenBacklogSize(10));
  tell("set-listen-backlog-size: connected", () => connected(taken).client.socket.setListenBacklogSize(10));
  options(socket, [
    { name: "keep-alive-enabled", get: "keepAliveEnabled", set: "setKeepAliveEnabled", good: true },
    { name: "keep-alive-idle-time", get: "keepAliveIdleTime", set: "setKeepAliveIdleTime", good: 5 * SECOND, bad: 0 },
    { name: "keep-alive-interval", get: "keepAliveInterval", set: "setKeepAliveInterval", good: 7 * SECOND, bad: 0 },
    { name: "keep-alive-count", get: "keepAliveCount", set: "setKeepAliveCount", good: 3, bad: 0 },
    { name: "hop-limit", get: "hopLimit", set: "setHopLimit", good: 42, bad: 0 },
    { name: "receive-buffer-size", get: "receiveBufferSize", set: "setReceiveBufferSize", least: 8192, bad: 0 },
    { name: "send-buffer-size", get: "sendBufferSize", set: "setSendBufferSize", least: 8192, bad: 0 },
  ]);

  tell("shutdown: not connected", () => socket().shutdown("send"));
  tell("shutdown: listening", () => listening().shutdown("both"));
  for (const side of ["receive", "send", "both"])
    tell(`shutdown: ${side}`, () => connected(taken).client.socket.shutdown(side));
  const listener = listening();
  const pollable = listener.subscribe();
  tell("subscribe: nobody has come", () => pollable.ready());
  const client = socket();
  client.startConnect(network(), listener.localAddress());
  const streams = finished(client, () => client.finishConnect());
  tell("subscribe: somebody has come", () => poll([pollable]));
  drop(pollable, ...streams, client, listener);
  const idle = socket();
  const nothing = idle.subscribe();
  tell("subscribe: with nothing under way", () => nothing.ready());
  drop(nothing, idle);
}

/** Each is read, set and read again; setting an invalid value changes nothing. */
function options(socket, list) {
  for (const { name, get, set, good, bad, least } of list) {
    const subject = socket();
    holds(`${name}: at first`, () => subject[get]() !== undefined);
    if (bad !== undefined) tell(`set-${name}: ${bad}`, () => subject[set](bad));
    tell(`set-${name}`, () => subject[set](good ?? least));
    if (good !== undefined) tell(`${name}: what was set`, () => subject[get]());
    else holds(`${name}: as much as was set`, () => subject[get]() >= least);
    drop(subject);
  }
}

export function udp() {
  for (const family of FAMILIES) tell(`create-udp-socket: ${family}`, () => createUdpSocket(family).addressFamily());
  const socket = () => createUdpSocket("ipv4");
  tell("start-bind: an address of the other family", () => socket().startBind(network(), ipv6(0)));
  tell("start-bind: an IPv4 address in IPv6", () => createUdpSocket("ipv6").startBind(network(), ipv6(0, V4_MAPPED)));
  tell("start-bind: bound", () => boundUdp().startBind(network(), ipv4(0)));
  tell("bind: an address that the machine does not have", () => boundUdp(ipv4(0, NOT_OURS)));
  tell("bind: a port that is taken", () => boundUdp(boundUdp().localAddress()));
  tell("finish-bind: not begun", () => socket().finishBind());
  tell("local-address: not bound", () => socket().localAddress());
  tell("local-address: bound", () => boundUdp().localAddress().val.address);
  tell("remote-address: not connected", () => boundUdp().remoteAddress());

  tell("stream: not bound", () => socket().stream(null));
  tell("stream: to an address of the other family", () => boundUdp().stream(ipv6(1)));
  tell("stream: to any address", () => boundUdp().stream(ipv4(1, [0, 0, 0, 0])));
  tell("stream: to port 0", () => boundUdp().stream(ipv4(0)));

  const receiver = boundUdp();
  const [incoming, back] = receiver.stream(null);
  const sender = boundUdp();
  const [answers, outgoing] = sender.stream(null);
  const to = receiver.localAddress();
  const datagram = (data, remoteAddress) => ({ data: bytes(data), remoteAddress });
  const arrivals = (stream, most) => {
    settled(stream);
    return stream.receive(most).map(({ data }) => text(data));
  };
  tell("receive: nothing has come", () => incoming.receive(10));
  tell("receive: none at all", () => incoming.receive(0));
  holds("check-send: at first", () => outgoing.checkSend() > 0);
  tell("send: nothing", () => outgoing.send([]));
  tell("send: without an address", () => {
    outgoing.checkSend();
    return outgoing.send([datagram("x", null)]);
  });
  tell("send: to an address of the other family", () => {
    outgoing.checkSend();
    return outgoing.send([datagram("x", ipv6(1))]);
  });
  tell("send: to port 0", () => {
    outgoing.checkSend();
    return outgoing.send([datagram("x", ipv4(0))]);
  });
  tell("send: one", () => {
    outgoing.checkSend();
    return outgoing.send([datagram("one", to)]);
  });
  tell("receive: one", () => arrivals(incoming, 10));
  tell("send: three", () => {
    outgoing.checkSend();
    return outgoing.send(["a", "bc", ""].map((data) => datagram(data, to)));
  });
  tell("receive: one of three", () => arrivals(incoming, 1));
  tell("receive: the others", () => [...arrivals(incoming, 1), ...arrivals(incoming, 1)]);
  tell("send: larger than a datagram can be", () => {
    outgoing.checkSend();
    return outgoing.send([{ data: new Uint8Array(65_536), remoteAddress: to }]);
  });
  tell("receive: from whom", () => {
    outgoing.checkSend();
    outgoing.send([datagram("who", to)]);
    settled(incoming);
    const [{ remoteAddress }] = incoming.receive(1);
    back.checkSend();
    back.send([datagram("you", remoteAddress)]);
    return arrivals(answers, 1);
  });
  drop(answers, outgoing);

  const peer = boundUdp();
  const [fromPeer, toPeer] = peer.stream(to);
  holds("remote-address: connected", () => peer.remoteAddress().val.port === to.val.port);
  tell("send: to the peer", () => {
    toPeer.checkSend();
    return toPeer.send([datagram("peer", null)]);
  });
  tell("receive: from the peer", () => arrivals(incoming, 10));
  tell("send: to another than the peer", () => {
    toPeer.checkSend();
    return toPeer.send([datagram("x", ipv4(1))]);
  });
  const readable = fromPeer.subscribe();
  const writable = toPeer.subscribe();
  tell("subscribe: nothing has come", () => readable.ready());
  tell("subscribe: it can be sent to", () => poll([writable]));
  drop(readable, writable, fromPeer, toPeer, peer, incoming, back, receiver, sender);
  options(socket, [
    { name: "unicast-hop-limit", get: "unicastHopLimit", set: "setUnicastHopLimit", good: 42, bad: 0 },
    { name: "receive-buffer-size", get: "receiveBufferSize", set: "setReceiveBufferSize", least: 8192, bad: 0 },
    { name: "send-buffer-size", get: "sendBufferSize", set: "setSendBufferSize", least: 8192, bad: 0 },
  ]);
}

/** All addresses of a name; waits when an answer would block. */
function addresses(name) {
  const stream = resolveAddresses(network(), name);
  const found = [];
  for (;;) {
    const address = finished(stream, () => stream.resolveNextAddress());
    if (address === null || address === undefined) return found;
    found.push(address);
  }
}

export function names() {
  tell("resolve-addresses: an IPv4 address", () => addresses("127.0.0.1"));
  tell("resolve-addresses: an IPv6 address", () => addresses("::1"));
  holds("resolve-addresses: localhost", () => addresses("localhost").length > 0);
  tell("resolve-addresses: no name at all", () => addresses(""));
  tell("resolve-addresses: an address with a port", () => addresses("127.0.0.1:80"));
  tell("resolve-addresses: a name with a blank", () => addresses("no name"));
  const stream = resolveAddresses(network(), "127.0.0.1");
  settled(stream);
  tell("subscribe: ready when there is an answer", () => stream.resolveNextAddress());
  tell("resolve-next-address: behind the last", () => finished(stream, () => stream.resolveNextAddress()));
}
