/**
 * What clients, guests and the system can do wrong, the tests that are about it, and how what stands against it is broken.
 *
 * @typedef {{ file: string, named: string, alone?: boolean }} Tests
 * Those in `file` whose names have `named` in them: of the servers that a mutation is about, unless they are `alone`.
 * @typedef {import("../mutation.mjs").Mutation & { servers?: (keyof typeof SERVERS)[] }} FaultMutation
 * @typedef {{ name: string, tests: Tests[], mutations: FaultMutation[] }} Fault
 */
import { arguments_ } from "./arguments.mjs";
import { bound } from "./bound.mjs";
import { clients } from "./clients.mjs";
import { crowds } from "./crowds.mjs";
import { endings } from "./endings.mjs";
import { parts } from "./parts.mjs";

/** As tests/programs names them, and the program that runs there. */
export const SERVERS = {
  poll: { name: "poll (edges source)", program: "programs/echo-poll" },
  level: { name: "epoll, level (edges source)", program: "programs/echo-epoll" },
  edge: { name: "epoll, edge (edges source)", program: "programs/echo-epoll" },
  /** On a host without a ready file: everything watched goes through poll_oneoff. */
  portable: { name: "poll (levels source)", program: "programs/echo-poll" },
};

/** @type {readonly Fault[]} */
export const faults = [...arguments_, ...bound, ...clients, ...crowds, ...endings, ...parts];
