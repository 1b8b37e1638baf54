/**
 * Calls a core with corrupted memory, in a worker, because it may loop for ever. Another core over the same driver must
 * go on working.
 *
 * Posts a message before and after each round: `{ round }`, `{ done, errors, traps }`. An exception that is no trap, or
 * a fault of the other core, ends the worker with an error.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Core, EPOLL_CTL_ADD, EPOLLET, EPOLLIN, Epoll, EpollEvents, Socket } from "../../dist/index.js";

const { first, rounds, calls, driver: name } = workerData;
const neighbour = await Core.open({ driver: name });
const { driver } = neighbour;
let state = 0;

/** Numerical Recipes' generator: a number below `end`. */
function random(end) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * end);
}

const pick = (from) => from[random(from.length)];
const byte = new Uint8Array(1);

/**
 * Words like those of tables, and bytes of any kind, over a few places or over everything after the head of the first
 * page.
 */
function corrupt(memory) {
  const size = memory.buffer.byteLength;
  const view = new DataView(memory.buffer);
  const all = random(4) === 0;
  const least = 8;
  for (let writes = all ? size / 8 : 1 + random(400); writes > 0; writes--) {
    const at = (least + random(size - least - 8)) & ~3;
    const value = pick([() => random(2 ** 32), () => random(64), () => random(size), () => 0xffff_ffff, () => 0])();
    view.setUint32(at, value, true);
  }
}

/** Makes one call of the core with numbers that may be right. Returns whether it failed by itself. */
function call({ exports }, epolls, fds, address) {
  const fd = pick([...fds, ...epolls, random(2 ** 31), -1]);
  const epfd = pick([...epolls, random(2 ** 31)]);
  const where = random(8) === 0 ? random(2 ** 32) | 0 : address;
  return pick([
    () => exports.pollux_epoll_ctl(epfd, random(5), fd, random(2 ** 32) | 0, 0n),
    () => exports.pollux_epoll_wait(epfd, where, 1 + random(16), random(2)),
    () => exports.pollux_epoll_create(),
    () => exports.pollux_poll(where, random(8), 0),
    () => exports.pollux_select(random(64), where, where + 16, 0, 0),
    () => exports.pollux_take(),
    () => exports.pollux_drained(fd, EPOLLIN),
    () => exports.pollux_fell_short(fd, EPOLLIN),
    () => exports.pollux_rearm(fd),
    () => exports.pollux_forget(fd),
    () => (random(4) === 0 ? exports.pollux_close(fd) : 0),
    () => exports.pollux_poll_arm(where, random(8)),
  ])();
}

/** A level and an edge, through real descriptors: the neighbour's duty. */
function check() {
  const [one, other] = Socket.pair(neighbour);
  const epoll = new Epoll(neighbour);
  const events = new EpollEvents(neighbour, 4);
  epoll.ctl(EPOLL_CTL_ADD, one, EPOLLIN | EPOLLET, 7n);
  for (let turn = 0; turn < 2; turn++) {
    if (epoll.waitSync(events, 0) !== 0) throw new Error("the neighbour was told of what nobody sent");
    other.send(byte);
    if (epoll.waitSync(events, 0) !== 1 || events.data(0) !== 7n) throw new Error("the neighbour was told nothing");
  }
  if (one.recv(new Uint8Array(8)) !== 2) throw new Error("the neighbour's bytes are gone");
  for (const each of [one, other, epoll]) each.close();
  events.free();
}

for (let round = first; round < rounds; round++) {
  parentPort.postMessage({ round });
  state = round * 7_654_321 + 1;
  const core = await Core.open({ driver, edgeSource: round % 3 !== 2 });
  const pairs = Array.from({ length: 40 }, () => Socket.pair(core));
  const epolls = Array.from({ length: 3 }, () => new Epoll(core));
  const address = new EpollEvents(core, 64).address;
  for (const [index, [end, peer]] of pairs.entries()) {
    epolls[index % 3].ctl(EPOLL_CTL_ADD, end, EPOLLIN | (index % 2 === 0 ? EPOLLET : 0));
    if (index % 3 === 0) peer.send(byte);
  }
  epolls[0].ctl(EPOLL_CTL_ADD, epolls[1], EPOLLIN);
  core.exports.pollux_take();
  const fds = pairs.flat().map(({ fd }) => fd);
  const numbers = epolls.map(({ fd }) => fd);
  let errors = 0;
  let traps = 0;
  corrupt(core.exports.memory);
  for (let made = 0; made < calls; made++) {
    if (made % 16 === 8) corrupt(core.exports.memory);
    try {
      if (call(core, numbers, fds, address) < 0) errors++;
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      traps++;
    }
  }
  check();
  core.dispose();
  check();
  parentPort.postMessage({ done: round, errors, traps });
}
neighbour.dispose();
