/** The cases of peers/errors.py, by the same names, for the classes and calls of TypeScript. */
import {
  type Core,
  type Fileno,
  POLLIN,
  POLLOUT,
  Poll,
  EVENT_READ as READ,
  Socket,
  selectSync,
  EVENT_WRITE as WRITE,
} from "../../src/index.ts";
import { openFile } from "../linux/sockets.ts";
import type { AnySelector } from "./selectors-subject.ts";

const FD_SETSIZE = 1024;

/** The program's own file object. */
const file = (fd: unknown) => ({ fileno: () => fd }) as Fileno;

/** A socket above select's sets. */
function aboveLimit(core: Core): Socket {
  let socket: Socket;
  do socket = Socket.pair(core)[1];
  while (socket.fd < FD_SETSIZE);
  return socket;
}

function closed(socket: Socket): Socket {
  socket.close();
  return socket;
}

function registered(selector: AnySelector, fileobj: Fileno, events = READ): AnySelector {
  selector.register(fileobj, events);
  return selector;
}

/** A registered number whose file has been closed. */
function withClosed(selector: AnySelector, socket: Socket): AnySelector {
  registered(selector, socket.fd, WRITE);
  socket.close();
  return selector;
}

function ended(selector: AnySelector, socket: Socket): AnySelector {
  registered(selector, socket).close();
  return selector;
}

function failModify(selector: AnySelector, socket: Socket): AnySelector {
  registered(selector, socket, WRITE);
  try {
    selector.modify(socket, 999);
  } catch {
    // the other cases test it
  }
  return selector;
}

type SelectorCase = (selector: AnySelector, socket: Socket, core: Core) => unknown;

export const SELECTOR_CASES: Readonly<Record<string, SelectorCase>> = {
  "register: no file object": (s) => s.register({} as Fileno, READ),
  "register: fileno() gives no number": (s) => s.register(file("7"), READ),
  "register: a negative number": (s) => s.register(-1, READ),
  "register: fileno() gives a negative number": (s) => s.register(file(-1), READ),
  "register: a closed object": (s, socket) => s.register(closed(socket), READ),
  "register: a number that is not open": (s) => s.register(999, READ),
  "register: no events": (s, socket) => s.register(socket, 0),
  "register: unknown events": (s, socket) => s.register(socket, 4),
  "register: unknown events beside known ones": (s, socket) => s.register(socket, READ | 8),
  "register: registered already": (s, socket) => registered(s, socket).register(socket, WRITE),
  "register: its number is registered already": (s, socket) => registered(s, socket).register(socket.fd, WRITE),
  "register: a regular file": (s, _, core) => s.register(Socket.adopt(core, openFile(import.meta.filename)), READ),
  "register and select: above FD_SETSIZE": (s, _, core) => registered(s, aboveLimit(core)).selectSync(0),
  "unregister: unknown": (s, socket) => s.unregister(socket),
  "unregister: twice": (s, socket) => [registered(s, socket).unregister(socket), s.unregister(socket)],
  "unregister: no file object": (s) => s.unregister({} as Fileno),
  "unregister: a closed object": (s, socket) => [registered(s, socket), socket.close(), s.unregister(socket)],
  "modify: unknown": (s, socket) => s.modify(socket, READ),
  "modify: no events": (s, socket) => registered(s, socket).modify(socket, 0),
  "modify: unknown events": (s, socket) => registered(s, socket).modify(socket, 999),
  "modify: the data alone, of a closed object": (s, socket) => withClosed(s, socket).modify(socket.fd, WRITE, "other"),
  "modify: fails, and again": (s, socket) => failModify(s, socket).modify(socket, READ),
  "modify: fails, and register": (s, socket) => failModify(s, socket).register(socket, READ),
  "getKey: unknown": (s, socket) => s.getKey(socket),
  "getKey: after close": (s, socket) => ended(s, socket).getKey(socket),
  "register: after close": (s, socket) => ended(s, socket).register(socket, READ),
  "unregister: after close": (s, socket) => ended(s, socket).unregister(socket),
  "modify: after close": (s, socket) => ended(s, socket).modify(socket, WRITE),
  "select: after close": (s, socket) => ended(s, socket).selectSync(0),
  "close: twice": (s, socket) => ended(s, socket).close(),
  "select: a closed descriptor that is registered": (s, socket) => withClosed(s, socket).selectSync(0),
  "select: timeout NaN": (s, socket) => registered(s, socket, WRITE).selectSync(Number.NaN),
  "select: timeout -1": (s, socket) => registered(s, socket).selectSync(-1),
  "select: timeout -Infinity": (s, socket) => registered(s, socket).selectSync(-Infinity),
  "select: timeout Infinity": (s, socket) => registered(s, socket, WRITE).selectSync(Infinity),
  "select: timeout that is a text": (s, socket) => registered(s, socket, WRITE).selectSync("1" as unknown as number),
};

function polled(core: Core, fileobj: Fileno): Poll {
  const poll = new Poll(core);
  poll.register(fileobj, POLLOUT);
  return poll;
}

type Case = (socket: Socket, core: Core) => unknown;

export const SELECT_CASES: Readonly<Record<string, Case>> = {
  "select: a closed descriptor": (_, core) => selectSync(core, [999], [], [], 0),
  "select: a closed descriptor among the exceptional": (_, core) => selectSync(core, [], [], [999], 0),
  "select: above FD_SETSIZE": (_, core) => selectSync(core, [aboveLimit(core)], [], [], 0),
  "select: a negative number": (_, core) => selectSync(core, [-1], [], [], 0),
  "select: no file object": (_, core) => selectSync(core, [{} as Fileno], [], [], 0),
  "select: timeout NaN": (socket, core) => selectSync(core, [socket], [], [], Number.NaN),
  "select: timeout -1": (socket, core) => selectSync(core, [], [socket], [], -1),
  "poll: a closed descriptor": (_, core) => polled(core, 999).pollSync(0),
  "poll: register a negative number": (_, core) => polled(core, -1),
  "poll: register no file object": (_, core) => polled(core, {} as Fileno),
  "poll: modify unknown": (socket, core) => new Poll(core).modify(socket, POLLIN),
  "poll: unregister unknown": (socket, core) => new Poll(core).unregister(socket),
  "poll: timeout NaN": (socket, core) => polled(core, socket).pollSync(Number.NaN),
  "poll: timeout -1": (socket, core) => polled(core, socket).pollSync(-1),
};
