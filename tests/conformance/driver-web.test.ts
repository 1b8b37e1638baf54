/** The web driver where a Worker's sockets cannot keep the contract. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IN, RDHUP } from "../../wasi-host/abi/readiness.ts";
import { WebDriver } from "../../wasi-host/drivers/web/index.ts";
import { openWeb, Rig } from "./driver-rig.ts";

describe("in place of the contract, over a Worker's sockets", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await openWeb());
  });
  afterEach(() => rig.driver.dispose());

  it("there are no datagrams", () => {
    expect(rig.driver.datagrams).toBeUndefined();
  });

  it("there are no Unix sockets by path: ENOTSUP", () => {
    const address = { host: "/socket", port: -1 };
    expect(() => rig.driver.listen(address)).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: "bind" }));
    expect(() => rig.driver.connect(address)).toThrow(expect.objectContaining({ code: "ENOTSUP", syscall: "connect" }));
  });

  it("a peer whose bytes were discarded reads the end of stream", () => {
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

  it("a connection in the backlog reads the end of stream when the listener closes", () => {
    const [listener, address] = rig.listen();
    const client = rig.driver.connect(address);
    rig.until(client, 4);
    rig.until(listener, IN);
    rig.driver.close(listener);
    rig.until(client, RDHUP);
    expect(rig.recv(client)).toBe("");
  });
});

it("without outbound sockets every connection is ENETUNREACH", async () => {
  const driver = new WebDriver();
  const rig = new Rig(driver);
  const client = driver.connect({ host: "127.0.0.1", port: 80 });
  const fds = new Int32Array([client, IN, 0, 0]);
  expect(await driver.pollAsync(fds, 1, Infinity, undefined, new AbortController().signal)).toBe(1);
  expect(rig.recv(client)).toBe("ENETUNREACH");
  driver.dispose();
});
