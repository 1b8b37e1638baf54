import { expect, it } from "vitest";
import { isDestination, isPort } from "../../../../../wasi-host/drivers/endpoints/address-check.ts";

it("a port is a whole number from 0 to 65535", () => {
  expect([0, 1, 65_535].map(isPort)).toEqual([true, true, true]);
  expect([-1, 65_536, 1.5, Number.NaN, Infinity].map(isPort)).toEqual([false, false, false, false, false]);
});

it.each(["127.0.0.1", "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "::ffff:127.0.0.1"])(
  "a datagram goes to %s",
  (host) => {
    expect([isDestination({ host, port: 1 }), isDestination({ host, port: 65_535 })]).toEqual([true, true]);
  },
);

it("a datagram cannot go to port 0, nor to a port above 65535", () => {
  const to = (port: number) => isDestination({ host: "127.0.0.1", port });
  expect([to(0), to(65_536), to(-1)]).toEqual([false, false, false]);
});

it.each(["localhost", "", "256.0.0.1", "1.2.3", "1.2.3.4.", ":::", "g::1", "/run/server.sock"])(
  "a datagram cannot go to '%s'",
  (host) => {
    expect(isDestination({ host, port: 1 })).toBe(false);
  },
);
