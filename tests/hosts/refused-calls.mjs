/**
 * `refused-calls.mjs ERRNO NUMBER,NUMBER... WAIT`: this thread's kernel refuses those system calls with that errno, as
 * a container's filter does (seccomp(2)). Then it makes the wait once, of SLEEP_MS without a wakeup, and prints the
 * result: "slept" or the code of its error, and "early" if it returns too early.
 */
import koffi from "koffi";

const SLEEP_MS = 200;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const LOAD_NUMBER = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const REFUSE = 0x00050000;

const { Core, Epoll, EpollEvents, EPOLL_CTL_ADD, EPOLLIN, Poll, POLLIN, Socket, selectSync } = await import(
  new URL("../../dist/index.js", import.meta.url)
);

function refuse(errno, numbers) {
  const prctl = koffi
    .load("libc.so.6")
    .func("int prctl(int option, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)");
  const instructions = [
    [LOAD_NUMBER, 0, 0, 0],
    ...numbers.flatMap((number) => [
      [JUMP_IF_EQUAL, 0, 1, number],
      [RETURN, 0, 0, REFUSE | errno],
    ]),
    [RETURN, 0, 0, ALLOW],
  ];
  const filter = Buffer.alloc(instructions.length * 8 + 1024);
  instructions.forEach(([code, yes, no, value], index) => {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(yes, index * 8 + 2);
    filter.writeUInt8(no, index * 8 + 3);
    filter.writeUInt32LE(value, index * 8 + 4);
  });
  const program = Buffer.alloc(1024);
  program.writeUInt16LE(instructions.length, 0);
  program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);
  const address = Number(koffi.address(program));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, address, 0, 0) !== 0) {
    throw new Error("the kernel takes no filter");
  }
}

const WAITS = {
  epoll(core, socket) {
    const epoll = new Epoll(core);
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN);
    return () => epoll.waitSync(new EpollEvents(core, 2), SLEEP_MS);
  },
  poll(core, socket) {
    const poll = new Poll(core);
    poll.register(socket, POLLIN);
    return () => poll.pollSync(SLEEP_MS);
  },
  select: (core, socket) => () => selectSync(core, [socket], [], [], SLEEP_MS),
  // One sleep of the driver: the waits above sleep again if one ends early.
  "driver.poll": (core) => () => core.driver.poll(new Int32Array(256), 0, SLEEP_MS * 1e6),
  "edges.park": (core) => {
    const edges = core.driver.edges();
    return () => edges.park(SLEEP_MS * 1e6);
  },
};

const [errno, numbers, wait] = process.argv.slice(2);
const core = await Core.open({ driver: "posix" });
const [socket] = Socket.pair(core);
const sleep = WAITS[wait](core, socket);
refuse(Number(errno), numbers.split(",").map(Number));
const began = performance.now();
try {
  const result = sleep();
  console.log(result < 0 ? result : performance.now() - began < SLEEP_MS ? "early" : "slept");
} catch (error) {
  console.log(error.code);
}
