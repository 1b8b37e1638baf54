/** How the rules about triggers are broken, one clause at a time: 5 to 10, 14. */

const DELIVERY = "assembly/readiness/delivery.ts";
const EPOLL = "assembly/readiness/epoll.ts";
const SOURCE = "assembly/readiness/source.ts";
const TRIGGER = "assembly/readiness/trigger.ts";

/** @type {import("./index.mjs").RuleMutation[]} */
export const triggers = [
  {
    rule: 5,
    breaks: "only what changed is delivered",
    file: TRIGGER,
    from: "see(watch, readiness);\n    if",
    to: "see(watch, readiness & ~known(watch));\n    if",
  },
  {
    rule: 6,
    breaks: "what is no longer ready is delivered, with no bit set",
    file: DELIVERY,
    from: "if (readiness == 0) {",
    to: "if (false) {",
  },
  {
    rule: 6,
    breaks: "what was seen once is taken for granted at every later wait",
    file: TRIGGER,
    from: "turn = turn + 1 == CERTAIN ? 1 : turn + 1;",
    to: "",
  },
  {
    rule: 6,
    breaks: "a wait ends with nothing when what was queued is dropped",
    file: EPOLL,
    from: "if (count > 0 || (timeout == 0 && readyCount(instance) <= quiet(instance))) return count;",
    to: "return count;",
  },
  {
    rule: 7,
    breaks: "a level is delivered once",
    file: DELIVERY,
    from: "else requeue(watch);",
    to: "else unqueue(watch);",
  },
  {
    rule: 7,
    breaks: "a level stays at the head",
    file: TRIGGER,
    from: "removeReady(instance, watch);\n  pushReady(instance, watch);",
    to: "",
  },
  {
    rule: 7,
    breaks: "a level is not looked at again",
    file: SOURCE,
    from: "return kind == EDGES && !trigger.isFresh(watch);",
    to: "return false;",
  },
  {
    rule: 8,
    breaks: "an edge is put back",
    file: DELIVERY,
    from: "else if ((eventsOf(watch) & EPOLLET) != 0) unqueue(watch);",
    to: "",
  },
  {
    rule: 8,
    breaks: "a wakeup counts only where something was drained before",
    file: TRIGGER,
    from: "see(watch, readiness);\n    if ((readiness & watched(watch)) == 0) continue;",
    to: "const news = readiness & ~known(watch);\n    see(watch, readiness);\n    if ((news & watched(watch)) == 0) continue;",
  },
  {
    rule: 8,
    breaks: "each of several wakeups before one wait is an event",
    file: TRIGGER,
    from: "if (stateOf(watch) == IDLE) {",
    to: "if (stateOf(watch) != SILENT) {",
  },
  {
    rule: 9,
    breaks: "a one-shot watch is not silenced",
    file: DELIVERY,
    from: "if ((eventsOf(watch) & EPOLLONESHOT) != 0) silence(watch);\n    else if",
    to: "if",
  },
  {
    rule: 9,
    breaks: "a silent watch hears of hangups",
    file: TRIGGER,
    from: "unqueue(watch);\n  setState(watch, SILENT);",
    to: "unqueue(watch);\n  store<u32>(watch, eventsOf(watch) & ~READINESS, 8);",
  },
  {
    rule: 9,
    breaks: "a silent watch is not registered any more",
    file: EPOLL,
    from: "return watch != 0 ? -EEXIST : 0;",
    to: "return watch != 0 && stateOf(watch) != trigger.SILENT ? -EEXIST : 0;",
  },
  {
    rule: 9,
    breaks: "MOD does not revive",
    file: TRIGGER,
    from: "if (stateOf(watch) == SILENT) setState(watch, IDLE);",
    to: "",
  },
  {
    rule: 10,
    breaks: "those who were served come first again",
    file: TRIGGER,
    from: "removeReady(instance, watch);\n  pushReady(instance, watch);",
    to: "",
  },
  {
    rule: 10,
    breaks: "what found no room is dropped",
    file: DELIVERY,
    from: "setBatch(instance, events, count);\n  return count;",
    to: "while (count == most && readyCount(instance) > count) unqueue(readyHead(instance));\n  setBatch(instance, events, count);\n  return count;",
  },
  {
    rule: 14,
    breaks: "an instance is readable while anything is queued",
    file: DELIVERY,
    from: "if ((readinessOf(watch, left) & watched(watch)) != 0) return true;",
    to: "if (watch != 0) return true;",
  },
  {
    rule: 14,
    breaks: "asking consumes an edge",
    file: DELIVERY,
    from: "if ((readinessOf(watch, left) & watched(watch)) != 0) return true;",
    to: "if ((readinessOf(watch, left) & watched(watch)) != 0) {\n      unqueue(watch);\n      return true;\n    }",
  },
  {
    rule: 14,
    breaks: "a wakeup does not go up",
    file: TRIGGER,
    from: "if ((eventsOf(outer) & EPOLLIN) != 0) queue(outer);",
    to: "",
  },
];
