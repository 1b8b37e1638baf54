import { afterEach, describe, expect, it } from "vitest";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { Client, Guest } from "./hand-driven-guest.ts";

const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
afterEach(() => {
  Object.defineProperty(process, "platform", platform);
});

describe("a driver", () => {
  it("with an unknown name is refused, with the known names", async () => {
    await expect(WasiHost.open({ driver: "telepathy" })).rejects.toThrow("unknown driver 'telepathy': expected posix");
    await expect(WasiHost.open({ driver: "constructor" })).rejects.toThrow("unknown driver 'constructor'");
  });

  it("that the platform does not support names the supported platforms", async () => {
    Object.defineProperty(process, "platform", { value: "win32" });
    await expect(openDriver("posix")).rejects.toThrow(
      `the posix driver supports linux-x64 and linux-arm64, not win32-${process.arch}: use the net driver`,
    );
  });

  it("is posix by default where available, else net", async () => {
    for (const [system, name] of [
      [process.platform, "posix"],
      ["win32", "net"],
    ]) {
      Object.defineProperty(process, "platform", { value: system });
      const driver = await openDriver();
      expect(driver.name).toBe(name);
      driver.dispose();
    }
  });

  it("that the caller opened stays open when the host is disposed", async () => {
    const driver = await openDriver("posix");
    const guest = await Guest.open({ driver, listen: ["127.0.0.1:0"] });
    await guest.connection();
    guest.host.dispose();
    const again = await Guest.open({ driver, listen: [guest.host.listening[0]] });
    expect(again.host.listening).toEqual(guest.host.listening);
    again.host.dispose();
    driver.dispose();
  });
});

describe("a host", () => {
  it("refuses a port in use with the system's code and closes its other listeners", async () => {
    using taken = await Guest.open({ listen: ["127.0.0.1:0"] });
    const free = await Guest.open({ listen: ["127.0.0.1:0"] });
    const [address] = free.host.listening;
    free.host.dispose();
    const refused = WasiHost.open({ listen: [address, taken.host.listening[0]] });
    await expect(refused).rejects.toMatchObject({ code: "EADDRINUSE", syscall: "bind" });
    (await Guest.open({ listen: [address] })).host.dispose();
  });

  it("closes the guest's connections when disposed", async () => {
    const guest = await Guest.open({ listen: ["127.0.0.1:0"] });
    const { client } = await guest.connection();
    const ended = new Promise((resolve) => client.socket.once("end", resolve));
    guest.host.dispose();
    await ended;
    await expect(Client.to(guest)).rejects.toThrow("ECONNREFUSED");
  });

  it("gives several listeners, of both families, the descriptors from 3 on", async () => {
    using guest = await Guest.open({ listen: ["127.0.0.1:0", "[::1]:0"] });
    expect(guest.host.listening.map(({ host }) => host)).toEqual(["127.0.0.1", "::1"]);
    for (const fd of [3, 4]) {
      expect(guest.calls.fd_fdstat_get(fd, 16)).toBe(0);
      expect(guest.view.getUint8(16)).toBe(6);
    }
    expect(guest.calls.fd_fdstat_get(5, 16)).toBe(8);
  });
});
