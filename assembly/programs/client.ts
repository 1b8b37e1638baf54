/**
 * The original client: several messages over several connections, all at once.
 *
 *     pollux run --connect 127.0.0.1:9999 client.wasm 127.0.0.1 9999
 *
 * It shows connect, and select in a client, which serves connections in the order of readiness. Each answer is as long
 * as its message. The exit status is 1 if a connection fails or the server ends it.
 */
import { connect, localAddress, takeError } from "../net/connection";
import { recv, send } from "../net/stream";
import { FD_SETSIZE } from "../abi/select";
import { select } from "../readiness/select";
import { EACCES, EAGAIN, ECONNREFUSED, EINVAL } from "../abi/errno";
import { argumentCount, exit } from "../sys/system";
import { FdSet } from "../readiness/fd-set";
import { argument } from "./options";
import { bytes, checkWait, number, printError, printLine, text } from "./report";

const MESSAGES: StaticArray<string> = ["This is the message. ", "It will be sent ", "in parts."];
const CONNECTIONS: i32 = 2;
const ROOM: i32 = 1024;
const FAILED: u32 = 1;
const USAGE_ERROR: u32 = 2;

class Connection {
  fd: i32;
  /** Its own address, for the printed lines. */
  name: string = "";
  /** The message (not garbage-collected), and the bytes sent and received. */
  message: usize = 0;
  length: i32 = 0;
  sent: i32 = 0;
  received: i32 = 0;
  answer: usize = heap.alloc(ROOM);

  constructor(fd: i32) {
    this.fd = fd;
  }

  say(message: string): void {
    this.message = changetype<usize>(String.UTF8.encode(message));
    this.length = message.length;
    this.sent = this.received = 0;
    text(`${this.name}: sending "${message}"`);
    printLine();
  }

  send(): void {
    const sent = send(this.fd, this.message + this.sent, this.length - this.sent);
    if (sent >= 0) this.sent += sent;
    else if (sent != -EAGAIN) fail(this.name, sent);
  }

  receive(): void {
    const received = recv(this.fd, this.answer + this.received, this.length - this.received);
    if (received == -EAGAIN) return;
    if (received < 0) fail(this.name, received);
    if (received == 0) {
      text(`${this.name}: closed by the server`);
      printError();
      exit(FAILED);
    }
    this.received += received;
    if (this.received < this.length) return;
    text(`${this.name}: received "`);
    bytes(this.answer, this.received);
    text('"');
    printLine();
  }
}

const readable = FdSet.create();
const writable = FdSet.create();
const connections: Connection[] = [];

function fail(what: string, error: i32): void {
  text(`${what}: `);
  if (error == -ECONNREFUSED) text("nobody listens there");
  else if (error == -EINVAL) text("expected an IP address, and a port");
  else if (error == -EACCES) text("not granted; run this with --connect HOST:PORT");
  else {
    text("errno ");
    number(-error);
  }
  printError();
  exit(FAILED);
}

/** Starts all connections, and waits for all: each is writable when it is established or has failed. */
function connectAll(host: string, port: i32): void {
  for (let index = 0; index < CONNECTIONS; index++) {
    const fd = connect(host, port);
    if (fd < 0) fail(`${host}:${port}`, fd);
    connections.push(new Connection(fd));
  }
  for (let left = CONNECTIONS; left > 0; ) {
    for (let index = 0; index < CONNECTIONS; index++) {
      writable.put(connections[index].fd, connections[index].name.length == 0);
    }
    checkWait(select(FD_SETSIZE, 0, writable.address, 0, -1));
    for (let index = 0; index < CONNECTIONS; index++) {
      const connection = connections[index];
      if (!writable.has(connection.fd)) continue;
      const error = takeError(connection.fd);
      if (error < 0) fail(`${host}:${port}`, error);
      connection.name = localAddress(connection.fd);
      left--;
    }
  }
}

/** Sends the message on all connections, and waits for all answers. */
function converse(message: string): void {
  for (let index = 0; index < CONNECTIONS; index++) connections[index].say(message);
  while (true) {
    let busy = false;
    for (let index = 0; index < CONNECTIONS; index++) {
      const connection = connections[index];
      readable.put(connection.fd, connection.received < connection.length);
      writable.put(connection.fd, connection.sent < connection.length);
      if (connection.received < connection.length) busy = true;
    }
    if (!busy) return;
    checkWait(select(FD_SETSIZE, readable.address, writable.address, 0, -1));
    for (let index = 0; index < CONNECTIONS; index++) {
      const connection = connections[index];
      if (writable.has(connection.fd)) connection.send();
      if (readable.has(connection.fd)) connection.receive();
    }
  }
}

export function _start(): void {
  const port: i32 = argumentCount() == 3 ? <i32>I32.parseInt(argument(2)) : 0;
  if (port == 0) {
    text("expected HOST and PORT, for example 127.0.0.1 9999");
    printError();
    exit(USAGE_ERROR);
  }
  connectAll(argument(1), port);
  for (let index = 0; index < MESSAGES.length; index++) converse(MESSAGES[index]);
}
