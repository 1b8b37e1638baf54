/**
 * The cases of peers/errors.py, by the same names, for the selector classes of AssemblyScript: each returns a negated
 * errno, or a non-negative number. Cases that the types exclude are left out: other values than file objects, a timeout
 * that is a text. And getKey returns null.
 */
import { close, Descriptor, ENOENT, EVENT_READ, EVENT_WRITE, FD_SETSIZE, Selector } from "../../../assembly/index";
import { regularFile } from "./bench";
import { Pair, Stream } from "./cases";
import { open } from "./selectors-subject";

type Case = (s: Selector<i32>, stream: Stream) => i32;

const names: string[] = [];
const bodies: Case[] = [];

function is(name: string, body: Case): void {
  names.push(name);
  bodies.push(body);
}

export function caseCount(): i32 {
  return names.length;
}

export function caseName(index: i32): string {
  return names[index];
}

/** The outcome as text, as in the other suites. */
export function runCase(index: i32): string {
  return bodies[index](open<i32>(), new Pair().one).toString();
}

const READ = EVENT_READ;
const WRITE = EVENT_WRITE;

function closed(stream: Stream): Stream {
  close(stream.fd);
  stream.closed = true;
  return stream;
}

function registered(s: Selector<i32>, stream: Stream, events: i32 = READ): Selector<i32> {
  s.register(stream, events, 0);
  return s;
}

/** A registered number whose file has been closed. */
function withClosed(s: Selector<i32>, stream: Stream): Selector<i32> {
  s.register(new Descriptor(stream.fd), WRITE, 0);
  close(stream.fd);
  return s;
}

function ended(s: Selector<i32>, stream: Stream): Selector<i32> {
  registered(s, stream).close();
  return s;
}

function failModify(s: Selector<i32>, stream: Stream): Selector<i32> {
  registered(s, stream, WRITE).modify(stream, 999, 0);
  return s;
}

/** The refusal, or the result of a wait. */
function registerAndSelect(s: Selector<i32>, fd: i32): i32 {
  const error = s.register(new Descriptor(fd), READ, 0);
  return error < 0 ? error : s.select(0).error;
}

function aboveLimit(): i32 {
  while (true) {
    const fd = new Pair().other.fd;
    if (fd >= FD_SETSIZE) return fd;
  }
}

is("register: a negative number", (s, _stream) => s.register(new Descriptor(-1), READ, 0));
is("register: fileno() gives a negative number", (s, _stream) => s.register(new Stream(-1), READ, 0));
is("register: a closed object", (s, stream) => s.register(closed(stream), READ, 0));
is("register: a number that is not open", (s, _stream) => s.register(new Descriptor(999), READ, 0));
is("register: no events", (s, stream) => s.register(stream, 0, 0));
is("register: unknown events", (s, stream) => s.register(stream, 4, 0));
is("register: unknown events beside known ones", (s, stream) => s.register(stream, READ | 8, 0));
is("register: registered already", (s, stream) => registered(s, stream).register(stream, WRITE, 0));
is("register: its number is registered already", (s, stream) =>
  registered(s, stream).register(new Descriptor(stream.fd), WRITE, 0),
);
is("register: a regular file", (s, _stream) => s.register(new Descriptor(regularFile()), READ, 0));
is("register and select: above FD_SETSIZE", (s, _stream) => registerAndSelect(s, aboveLimit()));
is("unregister: unknown", (s, stream) => s.unregister(stream));
is("unregister: twice", (s, stream) => {
  registered(s, stream).unregister(stream);
  return s.unregister(stream);
});
is("unregister: a closed object", (s, stream) => {
  registered(s, stream);
  return s.unregister(closed(stream));
});
is("modify: unknown", (s, stream) => s.modify(stream, READ, 0));
is("modify: no events", (s, stream) => registered(s, stream).modify(stream, 0, 0));
is("modify: unknown events", (s, stream) => registered(s, stream).modify(stream, 999, 0));
is("modify: the data alone, of a closed object", (s, stream) =>
  withClosed(s, stream).modify(new Descriptor(stream.fd), WRITE, 1),
);
is("modify: fails, and again", (s, stream) => failModify(s, stream).modify(stream, READ, 0));
is("modify: fails, and register", (s, stream) => failModify(s, stream).register(stream, READ, 0));
is("getKey: unknown", (s, stream) => (s.getKey(stream) == null ? -ENOENT : 0));
is("register: after close", (s, stream) => ended(s, stream).register(stream, READ, 0));
is("unregister: after close", (s, stream) => ended(s, stream).unregister(stream));
is("modify: after close", (s, stream) => ended(s, stream).modify(stream, WRITE, 0));
is("select: after close", (s, stream) => ended(s, stream).select(0).error);
is("close: twice", (s, stream) => {
  ended(s, stream).close();
  return 0;
});
is("select: a closed descriptor that is registered", (s, stream) => withClosed(s, stream).select(0).error);
is("select: timeout NaN", (s, stream) => registered(s, stream, WRITE).select(NaN).error);
is("select: timeout -1", (s, stream) => registered(s, stream).select(-1).error);
is("select: timeout -Infinity", (s, stream) => registered(s, stream).select(-Infinity).error);
is("select: timeout Infinity", (s, stream) => registered(s, stream, WRITE).select(Infinity).error);
