/** `--listen-fd`: numbers, and what systemd says in the environment (sd_listen_fds(3)). */
import { describe, expect, it } from "vitest";
import { inheritedListeners } from "../../../../src/cli/socket-activation.ts";

const PID = 4711;
const systemd = { LISTEN_FDS: "3", LISTEN_PID: String(PID), LISTEN_FDNAMES: "http:https:http" };

describe("inherited listeners", () => {
  it("are selected by number, whatever the environment says", () => {
    expect([inheritedListeners("7", {}, PID), inheritedListeners("3", systemd, PID)]).toEqual([[7], [3]]);
  });

  it("are all of systemd's with 'systemd', from descriptor 3 on", () => {
    expect(inheritedListeners("systemd", systemd, PID)).toEqual([3, 4, 5]);
  });

  it("are selected by name", () => {
    expect([inheritedListeners("http", systemd, PID), inheritedListeners("https", systemd, PID)]).toEqual([
      [3, 5],
      [4],
    ]);
  });

  it("are none if systemd passed none", () => {
    expect(inheritedListeners("systemd", { LISTEN_FDS: "0" }, PID)).toEqual([]);
  });

  it("are accepted without LISTEN_PID, which not every supervisor sets", () => {
    expect(inheritedListeners("systemd", { LISTEN_FDS: "1" }, PID)).toEqual([3]);
  });

  it.each([
    ["the environment has none", {}, "LISTEN_FDS is not set; give a number, or start from a systemd socket unit"],
    ["their count is no number", { LISTEN_FDS: "many" }, "LISTEN_FDS is not set"],
    ["they are for another process", { ...systemd, LISTEN_PID: "1" }, "LISTEN_PID is 1, but this process is 4711"],
    [
      "none has the name",
      systemd,
      "LISTEN_FDNAMES is 'http:https:http'; expected a number, systemd, or one of these names",
    ],
    ["none has a name", { LISTEN_FDS: "1" }, "LISTEN_FDNAMES is ''"],
  ])("are refused if %s", (_what, env, reason) => {
    expect(() => inheritedListeners("smtp", env, PID)).toThrow(`bad --listen-fd 'smtp': ${reason}`);
  });
});
