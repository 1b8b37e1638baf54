/** A guest that binds a socket: what it is told then, and where it connects from. */

const WASMEDGE = "tests/hosts/wasmedge.test.ts";

/** @type {import("./index.mjs").Fault[]} */
export const bound = [
  {
    name: "bound",
    tests: [
      { file: WASMEDGE, named: "sock_bind reports a port in use", alone: true },
      { file: WASMEDGE, named: "connect from their bound port", alone: true },
      { file: WASMEDGE, named: "stay bound after a refused connection", alone: true },
      { file: WASMEDGE, named: "release their bound port at close", alone: true },
    ],
    mutations: [
      {
        breaks: "sock_bind takes any port in place of the one that is asked for",
        file: "wasi-host/bindings/wasmedge/index.ts",
        from: "attempt(() => driver.bound?.open(name) ?? -Errno.NOTSUP)",
        to: "attempt(() => driver.bound?.open({ host: name.host, port: 0 }) ?? -Errno.NOTSUP)",
      },
      {
        breaks: "a bound socket connects from a port of the system's choice",
        file: "wasi-host/bindings/wasmedge/index.ts",
        from: "socket.bound < 0\n          ? withOptionsOf(",
        to: "socket.bound < Infinity\n          ? withOptionsOf(",
      },
      {
        breaks: "the net driver connects from a port of the system's choice",
        file: "wasi-host/drivers/shared-region/bound-socket.ts",
        from: "channel.set(ARGUMENT, FROM_LOCAL);",
        to: "channel.set(ARGUMENT, 0);",
      },
      {
        breaks: "a refused connection takes the name of a bound socket with it",
        file: "wasi-host/bindings/wasmedge/index.ts",
        from: "if (socket.bound < 0) stream.close();",
        to: "stream.close();",
      },
      {
        breaks: "a bound socket that is closed stays bound",
        file: "wasi-host/kernel/sockets.ts",
        from: "return this.bound < 0 ? 0 : this.#driver.close(this.bound);",
        to: "return 0;",
      },
    ],
  },
];
