/** How the rules about waits are broken, one clause at a time: 11, 13 (who sleeps), 15, 18. */

const EDGES = "assembly/readiness/edge-source.ts";
const DELIVERY = "assembly/readiness/delivery.ts";
const EPOLL = "assembly/readiness/epoll.ts";
const TRIGGER = "assembly/readiness/trigger.ts";

/** @type {import("./index.mjs").RuleMutation[]} */
export const waits = [
  {
    rule: 11,
    breaks: "DEL and closing leave the event in the batch",
    file: TRIGGER,
    from: "strikeFromBatch(watch);\n  if (inner != 0)",
    to: "if (inner != 0)",
  },
  {
    rule: 11,
    breaks: "MOD leaves the event in the batch",
    file: EPOLL,
    from: "trigger.strikeFromBatch(watch);",
    to: "",
  },
  {
    rule: 11,
    breaks: "whoever has the place by now is struck out too",
    file: TRIGGER,
    from: "if (load<i32>(event, EPOLL_EVENT_FD) == fdOf(watch)) store",
    to: "store",
  },
  {
    rule: 13,
    breaks: "all that sleep are woken",
    file: TRIGGER,
    from: "if (exclusive && takenTurn(descriptor) == turn) continue;",
    to: "",
  },
  {
    rule: 13,
    breaks: "one takes the wakeup though nobody sleeps",
    file: TRIGGER,
    from: "if (exclusive && asleep(instanceOf(watch)) != 0) {",
    to: "if (exclusive) {",
  },
  {
    rule: 15,
    breaks: "a positive timeout is a millisecond too short",
    file: EPOLL,
    from: "const deadline: i64 = timeout > 0",
    to: "if (timeout > 0) timeout--;\n  const deadline: i64 = timeout > 0",
  },
  {
    rule: 15,
    breaks: "0 sleeps for ten milliseconds",
    file: EPOLL,
    from: "let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout;",
    to: "let remaining: i64 = timeout > 0 ? <i64>timeout * 1_000_000 : timeout == 0 ? 10_000_000 : timeout;",
  },
  {
    rule: 15,
    breaks: "a negative one does not wait",
    file: EPOLL,
    from: "const deadline: i64 = timeout > 0",
    to: "if (timeout < 0) timeout = 0;\n  const deadline: i64 = timeout > 0",
  },
  {
    rule: 18,
    breaks: "every wait looks at all that is registered",
    file: EPOLL,
    from: "source.park(instance, remaining);",
    to: `source.park(instance, remaining);
    for (let watch = firstWatchOfInstance(instance); watch != 0; watch = nextOfInstance(watch)) source.check(fdOf(watch));`,
  },
  {
    rule: 18,
    breaks: "what was ready once is looked at for ever",
    file: DELIVERY,
    from: "if (readiness == 0) {\n      unqueue(watch);",
    to: "if (readiness == 0) {\n      requeue(watch);",
    // Else a wait that does not sleep would look at them for ever.
    and: { file: EPOLL, from: "(timeout == 0 && readyCount(instance) <= quiet(instance))", to: "timeout == 0" },
  },
  {
    rule: 18,
    breaks: "levels are looked at one by one",
    file: EDGES,
    from: "if (looks == LOOKS) return false;",
    to: "if (looks == 1) return false;",
  },
  {
    rule: 18,
    breaks: "a wakeup that was read in this wait is looked at again",
    file: TRIGGER,
    from: "return seen == turn || seen == CERTAIN;",
    to: "return seen == CERTAIN;",
  },
];
