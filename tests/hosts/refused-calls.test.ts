/** System calls that a kernel or a container refuses: a wait uses another call, or reports the refusal. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("refused-calls.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EPERM = 1;
const ENOSYS = 38;
const EIO = 5;
/** On x86-64; other processors have other numbers. */
const CALLS = { poll: 7, epoll_wait: 232, ppoll: 271, epoll_pwait2: 441 };

function run(errno: number, calls: readonly (keyof typeof CALLS)[], wait: string): string {
  const numbers = calls.map((name) => CALLS[name]).join(",");
  const options = { cwd: ROOT, encoding: "utf8", timeout: 15_000, killSignal: "SIGKILL" } as const;
  return execFileSync(process.execPath, [SCRIPT, String(errno), numbers, wait], options).trim();
}

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("on the posix driver", () => {
  describe.each([
    ["EPERM", EPERM],
    ["ENOSYS", ENOSYS],
  ])("if calls are refused with %s,", (_name, errno) => {
    it.each(["epoll", "poll", "select", "edges.park", "driver.poll"])(
      "%s sleeps its time without epoll_pwait2 and ppoll",
      (wait) => {
        expect(run(errno, ["epoll_pwait2", "ppoll"], wait)).toBe("slept");
      },
    );
  });

  // glibc's epoll_wait calls epoll_wait or epoll_pwait.
  it("an epoll wait reports the errno of a failed sleep", () => {
    expect(run(EPERM, ["epoll_pwait2", "epoll_wait"], "epoll")).toBe("EPERM");
  });

  it.each(["poll", "select"])("%s reports the errno of a failed sleep", (wait) => {
    expect(run(EIO, ["ppoll", "poll"], wait)).toBe("EIO");
  });

  it("a sleep of the driver reports it too", () => {
    expect(run(EIO, ["ppoll", "poll"], "driver.poll")).toBe("-29");
    expect(run(EIO, ["epoll_pwait2", "epoll_wait"], "edges.park")).toBe("-29");
  });
});
