/** The exercises: the broken server fails for its own reason, right ones pass, and repairs that only look right fail. */
import { describe, expect, it } from "vitest";
import { checkExercise, EXERCISES } from "../../site/lab/exercises.ts";
import { Session } from "../../site/session/session.ts";
import { core } from "./core-module.ts";

const exercise = (id: string) => EXERCISES.find((one) => one.id === id)!;

/** A server with a part of its text replaced, which must be there. */
function with_(source: string, ...replacements: readonly [string, string][]): string {
  let text = source;
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  return text;
}

/** The failed cases of a server, with their reasons. */
async function failuresOf(id: string, source: string): Promise<Record<string, string>> {
  const { passed, cases } = await checkExercise(core, id, source);
  expect(passed).toBe(cases.every((one) => one.passed));
  return Object.fromEntries(cases.filter((one) => !one.passed).map((one) => [one.id, one.finding!.why]));
}

describe.each(EXERCISES)("$id", ({ id, broken, solution }) => {
  it("has a broken server of about twenty lines", () => {
    expect(broken.split("\n").length).toBeGreaterThan(15);
    expect(broken.split("\n").length).toBeLessThan(30);
  });

  it("accepts the solution", async () => {
    expect(await failuresOf(id, solution)).toEqual({});
  });

  it("refuses an empty server, one that ends, one that throws and one that never sleeps", async () => {
    const all = (why: string) => Object.fromEntries(exercise(id).cases.map((one) => [one.id, why]));
    expect(await failuresOf(id, "")).toEqual(all("ended"));
    expect(await failuresOf(id, "listen(); nope();")).toEqual(all("error"));
    expect(await failuresOf(id, "const = 1;")).toEqual(all("syntax"));
    expect(await failuresOf(id, "listen(); while (true);")).toEqual(all("limit"));
  });

  it("a failed case is a session that ends at the failure", async () => {
    const { cases } = await checkExercise(core, id, broken);
    const failed = cases.find(({ passed }) => !passed)!;
    using session = await Session.open(core, failed.data);
    expect(session.snapshot().step).toBe(failed.data.steps.length);
    expect(broken.split("\n")[failed.finding!.line! - 1]).toMatch(/epoll_wait|recv/);
  });
});

describe("the lost drain", () => {
  const { broken, solution } = exercise("drain");

  it("the broken server answers short messages only", async () => {
    expect(await failuresOf("drain", broken)).toEqual({
      ...{ long: "unanswered", flood: "unanswered" },
      ...{ "half-close": "unanswered", reset: "not-closed" },
    });
  });

  it("accepts a level-triggered server", async () => {
    expect(await failuresOf("drain", with_(broken, ["EPOLLIN | EPOLLET", "EPOLLIN"]))).toEqual({});
  });

  it("refuses a larger buffer", async () => {
    const failures = await failuresOf("drain", with_(broken, ["recv(fd, 16)", "recv(fd, 65536)"]));
    expect(failures).toEqual({ "half-close": "not-closed", reset: "not-closed" });
  });

  it("refuses a loop that stops at a short count", async () => {
    const failures = await failuresOf(
      "drain",
      with_(broken, [
        "const n = recv(fd, 16);\n    if (n > 0) send(fd, n);",
        "let n;\n    do { n = recv(fd, 16); if (n > 0) send(fd, n); } while (n === 16);\n    if (n > 0) continue;",
      ]),
    );
    expect(failures).toMatchObject({ "half-close": "not-closed" });
  });

  it("refuses a drain that never closes", async () => {
    const failures = await failuresOf("drain", with_(solution, ["if (n !== -EAGAIN) close(fd);", ""]));
    expect(failures).toEqual({ "half-close": "not-closed", reset: "not-closed" });
  });

  it("refuses a server that looks at all sockets from time to time", async () => {
    const failures = await failuresOf(
      "drain",
      with_(
        solution,
        [
          "while (true) {",
          "const all = new Set();\nwhile (true) {\n  for (const fd of all) { const n = recv(fd, 16); if (n > 0) send(fd, n); }",
        ],
        ["epoll_wait(ep, 8, -1)", "epoll_wait(ep, 8, 10)"],
        ["const client = accept(listener);", "const client = accept(listener); all.add(client);"],
      ),
    );
    expect(failures).toMatchObject({ short: "limit" });
  });
});

describe("starvation", () => {
  const { broken, solution } = exercise("starvation");

  it("the broken server forgets the polite client", async () => {
    expect(await failuresOf("starvation", broken)).toEqual({
      greedy: "starved",
      "two-greedy": "starved",
      rest: "starved",
    });
  });

  it("accepts a level-triggered server that reads once for each event", async () => {
    const level = with_(
      broken,
      ["EPOLLIN | EPOLLET", "EPOLLIN"],
      [
        "let n;\n    while ((n = recv(fd, 16)) > 0) send(fd, n);",
        "const n = recv(fd, 16);\n    if (n > 0) { send(fd, n); continue; }",
      ],
    );
    expect(await failuresOf("starvation", level)).toEqual({});
  });

  it("refuses a bound that forgets the rest", async () => {
    const bounded = with_(
      broken,
      [
        "while ((n = recv(fd, 16)) > 0) send(fd, n);",
        "let turns = 0;\n    while (turns++ < 4 && (n = recv(fd, 16)) > 0) send(fd, n);",
      ],
      ["if (n !== -EAGAIN) close(fd);", "if (n <= 0 && n !== -EAGAIN) close(fd);"],
    );
    const failures = await failuresOf("starvation", bounded);
    expect(failures).toMatchObject({ rest: "unanswered", "half-close": "unanswered" });
  });

  it("refuses one event for each wait, with the drain as it was", async () => {
    const failures = await failuresOf("starvation", with_(broken, ["epoll_wait(ep, 8, -1)", "epoll_wait(ep, 1, -1)"]));
    expect(failures).toMatchObject({ greedy: "starved" });
  });

  it("refuses a larger buffer", async () => {
    const failures = await failuresOf("starvation", with_(broken, ["recv(fd, 16)", "recv(fd, 4096)"]));
    expect(failures).toMatchObject({ greedy: "starved" });
  });

  it("refuses a server that keeps a list and never sleeps", async () => {
    const busy = with_(solution, ["more.size > 0 ? 0 : -1", "0"]);
    expect(await failuresOf("starvation", busy)).toMatchObject({ alone: "limit" });
  });
});

describe("the thundering herd", () => {
  const { broken, solution } = exercise("herd");

  it("the broken server wakes every worker", async () => {
    expect(await failuresOf("herd", broken)).toEqual({ one: "herd" });
  });

  it("accepts exclusive edges that drain the listener", async () => {
    const edges = with_(
      solution,
      ["EPOLLIN | EPOLLEXCLUSIVE", "EPOLLIN | EPOLLET | EPOLLEXCLUSIVE"],
      [
        "const client = accept(listener);\n        if (client >= 0)",
        "let client;\n        while ((client = accept(listener)) >= 0)",
      ],
      ["for (let i", "// Each worker waits before a connection comes.\nfor (let i"],
    );
    const failures = await failuresOf("herd", edges);
    // A worker that drains the listener takes what came together: that is its right only if the others are busy.
    expect(failures).toEqual({ burst: "idle-workers" });
  });

  it.each([
    ["edges alone", [["EPOLLIN);\n  while", "EPOLLIN | EPOLLET);\n  while"]], { one: "herd" }],
    ["one-shots", [["EPOLLIN);\n  while", "EPOLLIN | EPOLLONESHOT);\n  while"]], { one: "unanswered" }],
    ["a single worker", [["i < 4", "i < 1"]], { burst: "idle-workers" }],
    [
      "a flag that the others look at",
      [
        ["function worker", "let taken = 0;\nfunction worker"],
        ["const client = accept", "if (taken++ % 4 !== 0) continue;\n        const client = accept"],
      ],
      { one: "herd" },
    ],
  ] as [string, [string, string][], Record<string, string>][])("refuses %s", async (_, replacements, failures) => {
    expect(await failuresOf("herd", with_(broken, ...replacements))).toMatchObject(failures);
  });
});
