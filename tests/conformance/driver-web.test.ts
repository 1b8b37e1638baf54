/** What the web driver does where the contract of drivers cannot be had over a Worker's sockets. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebDriver } from "../../wasi-host/drivers/web/index.ts";
import { openWeb, Rig } from "./driver-rig.ts";

const [IN, RDHUP] = [1, 0x2000];

describe("in place of the contract, over a Worker's sockets", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await openWeb());
  });
  afterEach(() => rig.driver.dispose());

  it("there are no datagrams: ENOTSUP", () => {
    expect(() => rig.driver.datagrams({ host: "127.0.0.1", port: 0 })).toThrow(
      expect.objectContaining({ code: "ENOTSUP", syscall: "bind" }),
    );
  });

  it("there are no Unix sockets by path: ENOTSUP", () => {
    const address = { host: "/socket", port: -1 };
    expect(() => rig.driver.listen(address)).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: "bind" }));
    expect(() => rig.driver.connect(address)).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: "connect" }));
  });

  it("a peer whose bytes were thrown away reads the end", () => {
    const [one, other] = rig.tcp();
    rig.send(other, "farewell");
    rig.until(one, IN);
    rig.send(one, "never read");
    rig.until(other, IN);
    rig.driver.close(other);
    rig.until(one, RDHUP);
    expect(rig.recv(one)).toBe("farewell");
    expect(rig.recv(one)).toBe("");
  });

  it("who waited to be accepted reads the end when the listener closes", () => {
    const [listener, address] = rig.listen();
    const client = rig.driver.connect(address);
    rig.until(client, 4);
    rig.until(listener, IN);
    rig.driver.close(listener);
    rig.until(client, RDHUP);
    expect(rig.recv(client)).toBe("");
  });
});

it("nothing can be reached without a way out: ENETUNREACH", async () => {
  const driver = new WebDriver();
  const rig = new Rig(driver);
  const client = driver.connect({ host: "127.0.0.1", port: 80 });
  const fds = new Int32Array([client, IN, 0, 0]);
  expect(await driver.pollAsync(fds, 1, Infinity, undefined, new AbortController().signal)).toBe(1);
  expect(rig.recv(client)).toBe("ENETUNREACH");
  driver.dispose();
});
