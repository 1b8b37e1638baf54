/** Scripts: what they can do, how they are stopped, and the session that they leave. */
import { describe, expect, it } from "vitest";
import { runScript } from "../../site/lab/run.ts";
import { MAX_SCRIPT } from "../../site/session/limits.ts";
import { Session } from "../../site/session/session.ts";
import { core } from "./core-module.ts";

const endOf = async (source: string) => (await runScript(core, source)).end;
const textOf = async (source: string) => (await runScript(core, source)).output.map(({ text }) => text);

describe("a script", () => {
  it("is recorded as actions with its lines", async () => {
    const { data, log, end } = await runScript(
      core,
      `const listener = listen();
       const client = connect(listener);
       client_send(client, 12);
       const fd = accept(listener);
       print(recv(fd, 4), recv(fd, 100), recv(fd, 4) === -EAGAIN);`,
    );
    expect(end.kind).toBe("done");
    expect(data.steps.map(({ line, action }) => [line, action.call])).toEqual([
      [1, "listen"],
      [2, "connect"],
      [3, "client_send"],
      [4, "accept"],
      ...[5, 5, 5].map((line) => [line, "recv"]),
    ]);
    expect(log.map(({ outcome }) => outcome.value)).toEqual([3, 1, 12, 4, 4, 8, -1]);
  });

  it("is a session that replays to the same log", async () => {
    const { data, log, last } = await runScript(
      core,
      `const listener = listen();
       const ep = epoll_create();
       epoll_ctl(ep, EPOLL_CTL_ADD, listener, EPOLLIN | EPOLLET);
       spawn(() => { sleep(3); connect(listener); sleep(2.5); connect(listener); });
       for (let i = 0; i < 2; i++) for (const { fd, events } of epoll_wait(ep, 8, -1)) print(fd, events, accept(fd));`,
      { seed: 5, latencyMs: 1 },
    );
    using session = await Session.open(core, Session.decode(await addressOf(data)));
    expect(session.log).toEqual(log);
    expect(session.snapshot()).toEqual(last);
    expect(session.script).toBe(data.script);
  });

  it("sleeps in its waits, and time passes to the next thing", async () => {
    expect(
      await textOf(`
        const ep = epoll_create();
        print(epoll_wait(ep, 8, 50).length);
        const listener = listen();
        spawn(() => { sleep(20); connect(listener); });
        print(select([listener], [], -1), poll([[listener, EPOLLIN]], 0).length);`),
    ).toEqual(["0", "[[3], []] 1"]);
  });

  it("has workers that take turns at each wait", async () => {
    const { log, end } = await runScript(
      core,
      `const listener = listen();
       function work() { const ep = epoll_create(); epoll_ctl(ep, EPOLL_CTL_ADD, listener, EPOLLIN); epoll_wait(ep, 1, -1); accept(listener); }
       for (let i = 0; i < 3; i++) spawn(work);
       sleep(1);
       connect(listener);`,
    );
    expect(end.kind).toBe("done");
    const accepts = log.filter(({ action }) => action.call === "accept");
    expect(accepts.map(({ worker, outcome }) => [worker, outcome.errno])).toEqual([
      [2, undefined],
      [3, "EAGAIN"],
      [4, "EAGAIN"],
    ]);
  });

  it("knows the language's usual parts", async () => {
    expect(
      await textOf(`
        let [a, , b = 7] = [1, 2];
        const { c, d: { e } } = { c: "x", d: { e: [1, 2, ...[3, 4]] } };
        print(a + b, c + 1, e, e.length, e[3], e.includes(2), e.indexOf(9), e.slice(1, 3));
        const m = new Map(); m.set("k", 1); m.set(2, { f: null });
        for (const [key, value] of m) print(key, value);
        const s = new Set(); s.add(1); s.add(1); print(s, s.size, s.has(1), s.delete(1), s.size);
        let i = 0, text = "";
        do { if (i === 2) continue; text += \`\${i},\`; } while (++i < 5);
        for (;;) { if (i-- < 3) break; }
        const twice = (f) => (x) => f(f(x));
        function add(x, y = 3) { return x + y; }
        print(text, i, twice(add)(1), i > 1 ? "yes" : "no", null ?? "none", 0 || "or", 1 && "and", typeof i, ~0, 7 >>> 1);
        e.push(5); e.unshift(0); e[6] = 9; print(e.pop(), e.shift(), e.splice(0, 2), e);
        const o = { n: 1 }; o.n += 2; o.m = o.n; print(o, min(3, 1, 2), max(1, 5));`),
    ).toEqual([
      "8 x1 [1, 2, 3, 4] 4 4 true -1 [2, 3]",
      "k 1",
      "2 { f: null }",
      "{} 1 true true 0",
      "0,1,3,4, 1 7 no none or and number -1 3",
      "9 0 [1, 2] [3, 4, 5]",
      "{ n: 3, m: 3 } 1 5",
    ]);
  });
});

async function addressOf(data: Parameters<typeof Session.open>[1]): Promise<string> {
  using session = await Session.open(core, data);
  return session.encode();
}

describe("a script that cannot go on is stopped, and its line is named", () => {
  it.each<[string, { kind: string; line: number; message: string }]>([
    ["listen();\nwhile (true) {}", { kind: "limit", line: 2, message: "the script does not end" }],
    ["for (;;)\n  listen();", { kind: "limit", line: 2, message: "the script does not end" }],
    ["for (;;)\n  sleep(1);", { kind: "limit", line: 1, message: "the script does not end" }],
    ["const a = [];\nwhile (true) a.push(a);", { kind: "limit", line: 2, message: "the script does not end" }],
    ["let s = 'a';\nwhile (true)\n s += s;", { kind: "limit", line: 3, message: "the script uses too much memory" }],
    ["const a = [1];\na[1e9] = 1;", { kind: "limit", line: 2, message: "the script uses too much memory" }],
    ["const f = () =>\n f();\nf();", { kind: "limit", line: 2, message: "functions call each other without end" }],
    ["for (;;) spawn(() => sleep(1));", { kind: "limit", line: 1, message: "a script has at most 16 workers" }],
    ["listen();\nlet x = ;", { kind: "syntax", line: 2, message: "Unexpected token" }],
    ["class A {}", { kind: "syntax", line: 1, message: "scripts here do not have ClassDeclaration" }],
    ["async function f() {}\n\nawait f();", { kind: "syntax", line: 3, message: "Unexpected token" }],
    [`${"(".repeat(8000)}1${")".repeat(7999)}`, { kind: "limit", line: 1, message: "the script is nested too deeply" }],
    [
      "x".repeat(MAX_SCRIPT + 1),
      { kind: "syntax", line: 1, message: `the script has more than ${MAX_SCRIPT} characters` },
    ],
    ["\nnope();", { kind: "error", line: 2, message: "nope is not defined" }],
    ["const a = 1;\na = 2;", { kind: "error", line: 2, message: "a is a constant" }],
    ["null.x", { kind: "error", line: 1, message: "null has no 'x' here" }],
    ["recv('x');", { kind: "error", line: 1, message: "recv: fd is out of range" }],
    ["epoll_wait(7, 8, 0);", { kind: "error", line: 1, message: "a wait failed: EBADF" }],
    [
      "const ep = epoll_create();\nepoll_wait(ep, 8, -1);",
      { kind: "asleep", line: 2, message: "nothing will wake it" },
    ],
  ])("%s", async (source, end) => {
    expect(await endOf(source)).toEqual(end);
  });

  it("a failing call returns its errno, negated", async () => {
    expect(await textOf("print(recv(99), recv(99) === -EBADF, accept(0), epoll_ctl(5, EPOLL_CTL_DEL, 6))")).toEqual([
      "-8 true -8 -8",
    ]);
  });
});

describe("a hostile script reaches nothing outside", () => {
  it.each([
    "fetch('https://example.com')",
    "globalThis",
    "this",
    "eval('1')",
    "new Function('return 1')()",
    "[].constructor.constructor('return 1')()",
    "''.constructor",
    "(() => 1).constructor",
    "listen.constructor",
    "({}).__proto__",
    "({ ['__proto__']: 1 })",
    "import('x')",
    "new Map().constructor",
    "postMessage(1)",
    "const { constructor } = [];",
  ])("%s", async (source) => {
    const end = await endOf(`${source};`);
    expect(end.kind === "done" ? await textOf(`print(${source})`) : end.kind).toSatisfy(
      (result) => result === "error" || result === "syntax" || (result as string[])[0] === "undefined",
    );
  });

  it("an object's own fields are all that it has", async () => {
    expect(await textOf("const o = {}; o.__proto__ = 5; o.constructor = 6; print(o, ({}).toString)")).toEqual([
      "{ __proto__: 5, constructor: 6 } undefined",
    ]);
  });
});
