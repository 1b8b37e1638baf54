/** Sessions as the fragments of addresses, and what wrong or hostile fragments do. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrongIn } from "../../site/session/checks.ts";
import { MAX_ADDRESS, MAX_SCRIPT, MAX_STEPS } from "../../site/session/limits.ts";
import { Session, SessionError } from "../../site/session/session.ts";
import { core } from "./core-module.ts";
import { actions } from "./random-actions.ts";

const START = "1!1!1s!0!0!";
const codeOf = (fragment: string) => {
  try {
    Session.decode(fragment);
    return "none";
  } catch (error) {
    expect(error).toBeInstanceOf(SessionError);
    return (error as SessionError).code;
  }
};

it("an address gives the same session at the same step in another page", async () => {
  await fc.assert(
    fc.asyncProperty(actions, fc.nat(), fc.string({ unit: "grapheme" }), async (list, jump, script) => {
      using session = await Session.open(core, { seed: 3, latencyMs: 1.5 });
      for (const [index, action] of list.entries())
        session.act(action, index % 2 === 0 ? {} : { line: index, worker: 1 });
      session.script = script === "" ? undefined : script;
      await session.goTo(jump % (session.steps.length + 1));
      const address = session.encode();
      expect(address).toMatch(/^[\w.~!*:-]*$/);
      using copy = await Session.open(core, Session.decode(`#${address}`));
      expect(copy.snapshot()).toEqual(session.snapshot());
      expect([copy.log, copy.script, copy.encode()]).toEqual([session.log, session.script, address]);
    }),
    { numRuns: 30 },
  );
});

it("twenty steps are an address of fewer than 200 characters", async () => {
  using session = await Session.open(core);
  for (let index = 0; index < 20; index++) session.act({ call: "epoll_wait", ep: 0x4000_0000, most: 8, timeout: -1 });
  expect(session.encode().length).toBeLessThan(200);
});

describe("a wrong address is refused with a reason", () => {
  it.each([
    ["", "version"],
    ["2!1!1s!0!0!l!", "version"],
    ["hello", "version"],
    ["1!1!1s", "damaged"],
    [`${START}l`, "damaged"],
    [`${START}l!!`, "damaged"],
    [`${START}q!`, "damaged"],
    [`${START}l_!`, "damaged"],
    [`${START}l1.2!`, "damaged"],
    [`${START}a!`, "range"],
    [`${START}a-1!`, "range"],
    [`${START}azzzzzzzz!`, "range"],
    [`${START}a99999999999!`, "range"],
    [`${START}r3.zzzz!`, "range"],
    [`${START}C*0.9.3.1!`, "range"],
    [`${START}m5000!`, "range"],
    [`${START}k1.2!`, "range"],
    [`${START}P3~1~1.0!`, "range"],
    [`${START}l:0!`, "range"],
    [`${START}l:x:y:z!`, "damaged"],
    ["1!x-!1s!0!0!!", "damaged"],
    ["1!1!1!0!0!!", "range"],
    ["1!1!1s!-5!0!!", "range"],
    ["1!1!1s!0!5!l!", "range"],
    [`${START}!%%%`, "damaged"],
    [`${START}!gICA`, "damaged"],
    [`${START}!${btoa("x".repeat(MAX_SCRIPT + 1)).replaceAll("=", "")}`, "too-long"],
    [`${START}${Array(MAX_STEPS + 2).join("l_")}l!`, "too-many"],
    [`${START}${Array(62).join("mrs_")}mrs!`, "too-many"],
    [START + "l".repeat(MAX_ADDRESS), "too-long"],
    ["__proto__", "version"],
  ])("%s: %s", (fragment, code) => {
    expect(codeOf(fragment)).toBe(code);
  });

  it("any change of a good address gives a session or a SessionError", async () => {
    const good =
      "1!1!1s!0!d!l_c3_a3_E_E_C*0.0.4.1_C*1.0.4.zik0zl_W*1.8.-1_d1.c_w1_P4~1-3~1.-1_S3-4..5_m5.*0_k1.0:3:1!aGk";
    expect(Session.decode(good).steps).toHaveLength(14);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(120), fc.constantFrom(..."0123456789abcxyzCEWPSdlmw.!_-*~:#%\0é")), { maxLength: 6 }),
        fc.nat(120),
        async (changes, end) => {
          const characters = [...good];
          for (const [at, character] of changes) characters[at % characters.length] = character;
          const fragment = characters.slice(0, Math.max(60, end)).join("");
          let data: ReturnType<typeof Session.decode>;
          try {
            data = Session.decode(fragment);
          } catch (error) {
            expect(error).toBeInstanceOf(SessionError);
            return;
          }
          using opened = await Session.open(core, data);
          expect(opened.snapshot().step).toBe(data.step);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("actions as JSON", () => {
  it.each<[unknown, string | undefined]>([
    [{ call: "listen" }, undefined],
    [{ call: "recv", fd: 4 }, undefined],
    [null, "no action"],
    [{}, "no call 'undefined'"],
    [{ call: "constructor" }, "no call 'constructor'"],
    [{ call: "recv" }, "recv: fd is out of range"],
    [{ call: "recv", fd: 1.5 }, "recv: fd is out of range"],
    [{ call: "recv", fd: 4, length: 1e9 }, "recv: length is out of range"],
    [{ call: "listen", port: 1 }, "listen has no 'port'"],
    [{ call: "poll", fds: [[1, 1, 1]], timeout: 0 }, "poll: fds is out of range"],
  ])("%j", (value, wrong) => {
    expect(wrongIn(value)).toBe(wrong);
  });
});
