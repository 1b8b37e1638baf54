/** The library's socket options, over each driver. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Core } from "../../src/core.ts";
import { Socket } from "../../src/socket.ts";
import { KEEP_ALIVE, NO_DELAY } from "../../wasi-host/drivers/contract/socket-options.ts";
import { DRIVERS, Rig } from "./driver-rig.ts";

const METHODS = [
  ["setNoDelay", NO_DELAY, 1],
  ["setKeepAlive", KEEP_ALIVE, 0],
] as const;

describe.each(DRIVERS)("on the %s driver", (name, open) => {
  let rig: Rig;
  let core: Core;
  beforeEach(async () => {
    rig = new Rig(await open());
    core = await Core.open({ driver: rig.driver });
  });
  afterEach(() => {
    core.dispose();
    rig.driver.dispose();
  });
  /** The driver's option of the newest socket. */
  const optionOf = (socket: Socket, option: number) =>
    rig.driver.options!.get(core.descriptor(socket.fd)!.handle, option);

  it.each(METHODS)("%s", (method, option, initially) => {
    const listener = Socket.listen(core, "127.0.0.1:0");
    const client = Socket.connect(core, listener.localAddress!);
    if (name === "web") {
      expect(() => client[method]()).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: method }));
      return;
    }
    rig.until(core.descriptor(listener.fd)!.handle, 1);
    const server = listener.accept()!;
    for (const socket of [listener, client, server]) {
      expect(optionOf(socket, option)).toBe(initially);
      for (const on of [true, false, true]) {
        expect(socket[method](on)).toBe(socket);
        expect(optionOf(socket, option)).toBe(Number(on));
      }
      socket[method](false)[method]();
      expect(optionOf(socket, option)).toBe(1);
    }
  });

  it("a socket that is not TCP is refused by an error that names the descriptor", () => {
    const [reader] = Socket.pipe(core);
    expect(() => reader.setNoDelay()).toThrow(expect.objectContaining({ code: "ENOTSOCK", syscall: "setNoDelay" }));
    expect(() => reader.setNoDelay()).toThrow(`${reader.fd}`);
    const [one] = Socket.pair(core);
    expect(() => one.setNoDelay()).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: "setNoDelay" }));
    one.close();
    expect(() => one.setNoDelay()).toThrow(expect.objectContaining({ code: "EBADF" }));
    expect(() => reader.setKeepAlive("off" as unknown as boolean)).toThrow(
      "setKeepAlive('off'): expected true or false",
    );
  });
});
