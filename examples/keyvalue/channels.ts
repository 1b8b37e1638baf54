/** Who has subscribed to what. */
import { Bytes, latin1 } from "./bytes";
import { clients } from "./memory";
import { matches } from "./pattern";
import * as reply from "./reply";
import { Session } from "./session";

/** What a subscription takes besides its name, about. */
const OVERHEAD: i64 = 256;

/** The subscribers of one channel, or of one pattern. */
class Subscribers {
  readonly name: Uint8Array;
  readonly sessions: Set<Session> = new Set();

  constructor(name: Bytes) {
    this.name = new Uint8Array(name.length);
    memory.copy(this.name.dataStart, name.start, name.length);
  }
}

/** By the names, as `latin1` makes them. */
const channels = new Map<string, Subscribers>();
const patterns = new Map<string, Subscribers>();

/** Number of channels that have a subscriber. */
export function channelCount(): i32 {
  return channels.size;
}

export function patternCount(): i32 {
  return patterns.size;
}

export function subscribe(channel: Bytes, session: Session): void {
  add(channels, session.channels, channel, session);
}

export function subscribePattern(pattern: Bytes, session: Session): void {
  add(patterns, session.patterns, pattern, session);
}

export function unsubscribe(name: string, session: Session): void {
  remove(channels, session.channels, name, session);
}

export function unsubscribePattern(name: string, session: Session): void {
  remove(patterns, session.patterns, name, session);
}

/** Ends all subscriptions of a client. */
export function unsubscribeAll(session: Session): void {
  const names = session.channels.values();
  for (let index = 0; index < names.length; index++) unsubscribe(names[index], session);
  const globs = session.patterns.values();
  for (let index = 0; index < globs.length; index++) unsubscribePattern(globs[index], session);
}

/** Sends a message to the subscribers of a channel, and of patterns that match it. @returns their number */
export function publish(channel: Bytes, message: Bytes): i32 {
  let receivers = 0;
  const name = latin1(channel);
  if (channels.has(name)) receivers += send(channels.get(name), null, channel, message);
  if (patterns.size == 0) return receivers;
  const all = patterns.values();
  for (let index = 0; index < all.length; index++) {
    const glob = all[index].name;
    if (!matches(glob.dataStart, glob.length, channel.start, channel.length)) continue;
    receivers += send(all[index], glob, channel, message);
  }
  return receivers;
}

/** Writes the message behind the replies of the client that publishes it, and takes it away again. */
function send(subscribers: Subscribers, pattern: Uint8Array | null, channel: Bytes, message: Bytes): i32 {
  const before = reply.length();
  reply.array(pattern == null ? 3 : 4);
  reply.text(pattern == null ? "message" : "pmessage");
  if (pattern != null) reply.bytes(pattern.dataStart, pattern.length);
  reply.bytes(channel.start, channel.length);
  reply.bytes(message.start, message.length);
  if (reply.isTooLong()) return 0;
  // A copy: a subscriber that does not read is closed, and leaves.
  const sessions = subscribers.sessions.values();
  const length = reply.length() - before;
  for (let index = 0; index < sessions.length; index++) sessions[index].push(reply.start() + before, length);
  reply.truncate(before);
  return sessions.length;
}

function add(all: Map<string, Subscribers>, own: Set<string>, bytes: Bytes, session: Session): void {
  const name = latin1(bytes);
  if (own.has(name)) return;
  own.add(name);
  clients.count(OVERHEAD + bytes.length);
  if (!all.has(name)) all.set(name, new Subscribers(bytes));
  all.get(name).sessions.add(session);
}

function remove(all: Map<string, Subscribers>, own: Set<string>, name: string, session: Session): void {
  if (!own.delete(name)) return;
  clients.count(-(OVERHEAD + name.length));
  const subscribers = all.get(name);
  subscribers.sessions.delete(session);
  if (subscribers.sessions.size == 0) all.delete(name);
}
