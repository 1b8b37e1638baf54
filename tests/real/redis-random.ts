/** Random requests to a Redis server: few keys, so that commands meet all types, and values of all lengths. */
import { generator, Messages } from "../programs/messages.ts";
import { request } from "../programs/redis-client.ts";

const KEYS = ["a", "b", "c", "counter", "a longer name, of more than one word"];
const INTEGERS = ["0", "1", "-1", "2", "-3", "100", "9223372036854775807", "-9223372036854775808", "x", ""];
/** Bytes that are sent at once, at most. */
const LONGEST_PIECE = 100_000;

/** The requests and a QUIT, cut anywhere. */
export function randomRequests(seed: number, count: number): { requests: number; pieces: Buffer[] } {
  const next = generator(seed);
  const messages = new Messages(seed);
  const below = (limit: number) => next() % limit;
  const one = <Item>(items: readonly Item[]) => items[below(items.length)];
  const value = () => messages.exactly(one([0, 1, 3, 20, 24, 25, 60, 300, 9000, below(20) === 0 ? 200_000 : 5]));
  const values = () => Array.from({ length: 1 + below(3) }, value);
  const integer = () => (below(3) === 0 ? one(INTEGERS) : String(below(40) - 20));
  const keys = () => Array.from({ length: 1 + below(3) }, () => one(KEYS));
  const commands: (() => (string | Uint8Array)[])[] = [
    () => ["SET", one(KEYS), value()],
    () => ["SET", one(KEYS), integer(), one(["NX", "XX", "GET", "KEEPTTL", "nonsense"])],
    () => ["SET", one(KEYS), value(), one(["EX", "PX"]), one(["1000000", "0", "x"])],
    () => ["SETNX", one(KEYS), value()],
    () => ["GET", one(KEYS)],
    () => ["GETDEL", one(KEYS)],
    () => ["STRLEN", one(KEYS)],
    () => ["MGET", ...keys()],
    () => ["MSET", one(KEYS), value(), one(KEYS), value()],
    () => [one(["INCR", "DECR"]), one(KEYS)],
    () => [one(["INCRBY", "DECRBY"]), one(KEYS), integer()],
    () => [one(["LPUSH", "RPUSH"]), one(KEYS), ...values()],
    () => [one(["LPUSH", "RPUSH"]), one(KEYS), ...values()],
    () => [one(["LPOP", "RPOP"]), one(KEYS)],
    () => [one(["LPOP", "RPOP"]), one(KEYS), integer()],
    () => ["LRANGE", one(KEYS), integer(), integer()],
    () => ["LLEN", one(KEYS)],
    () => [one(["DEL", "UNLINK", "EXISTS"]), ...keys()],
    () => ["TYPE", one(KEYS)],
    () => ["EXPIRE", one(KEYS), one(["1000000", "-1", "x"]), one(["NX", "XX"])],
    // Compared with another deadline, a time from now would depend on the clock.
    () => ["EXPIREAT", one(KEYS), one(["9999999998", "9999999999", "1"]), one(["NX", "XX", "GT", "LT"])],
    () => ["PERSIST", one(KEYS)],
    () => ["KEYS", one(["a", "[c]", "cou*", "c?unter", "\\a", "a *w?rd"])],
    () => ["DBSIZE"],
    () => [one(["get", "lrange", "nonsense", "set"]), ...keys()],
    () => (below(20) === 0 ? ["FLUSHALL"] : ["PING"]),
  ];
  const bytes = Buffer.concat([...Array.from({ length: count }, () => request(...one(commands)())), request("QUIT")]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = one([1, 7, 100, 5000, LONGEST_PIECE]);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { requests: count, pieces };
}
