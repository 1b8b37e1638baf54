/**
 * CPython as a component, by componentize-py: the original programs unchanged, servers and clients by asyncio and
 * selectors. The other end is the machine's own CPython, or the component itself.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../programs/client.ts";
import { type Dialogue, dialogues, MESSAGES, UPPER_MESSAGES } from "../programs/original-programs.ts";
import { HAS_PYTHON, runPeer, servePeer } from "../programs/peers/python.ts";
import { visit } from "../runtimes/clients.ts";
import { built, component, POLLUX, type Process, type Start } from "./host.ts";

const NETWORK = { network: true };
/** More than select's sets would hold. */
const CROWD = 500;
/** In the form of tests/programs/peers, and of python/programs. */
const OURS = (name: string) => `../../components/python/programs/${name}.py`;

const CLIENTS = ["original-client", "asyncio-client"];
/** `partner`: the client that is a component too. Each client is that of two servers. */
const SERVERS = [
  { server: "original-select-server", answers: MESSAGES, clients: CLIENTS, partner: "asyncio-client" },
  // It ends with a KeyError if a client of asyncio leaves before the others.
  {
    server: "original-upper-server",
    answers: UPPER_MESSAGES,
    clients: ["original-client"],
    partner: "original-client",
  },
  { server: "original-selectors-server", answers: MESSAGES, clients: CLIENTS, partner: "original-client" },
  { server: "asyncio-server", answers: MESSAGES, clients: CLIENTS, partner: "asyncio-client" },
];

const scriptOf = (name: string) => (name.startsWith("original-") ? `${name}.py` : OURS(name));

/** Two connections, each with all messages sent and all answers received. */
const complete = (answers: string[]): Dialogue[] => new Array(2).fill({ sent: MESSAGES, received: answers });

async function ended(program: Process): Promise<string> {
  const { out, error, status } = await program.ended;
  expect({ error, status }).toEqual({ error: "", status: 0 });
  return out;
}

const running =
  (start: Start) =>
  (...args: string[]) =>
    start(args, NETWORK);

// A start takes a second: pairs of programs run over one driver and way to sleep, servers for many clients over all,
// each server once.
component("python/app", [POLLUX[0]], (start) => {
  const run = running(start);

  describe.skipIf(!HAS_PYTHON).each(SERVERS)("$server", ({ server, answers, clients, partner }) => {
    it.each(clients)("answers CPython's %s on both of its connections", async (client) => {
      await using served = run(server);
      const port = await served.port();
      expect(dialogues(await runPeer(scriptOf(client), port))).toEqual(complete(answers));
    });

    it(`answers the ${partner}, also a component`, async () => {
      await using served = run(server);
      const port = await served.port();
      expect(dialogues(await ended(run(partner, "127.0.0.1", String(port))))).toEqual(complete(answers));
    });

    it.each(clients)("answers the %s, a component, when CPython runs it", async (client) => {
      await using served = await servePeer(scriptOf(server));
      expect(dialogues(await ended(run(client, "127.0.0.1", String(served.port))))).toEqual(complete(answers));
    });
  });

  it(`answers ${CROWD} connections of the component itself`, async () => {
    await using served = run("asyncio-server");
    const crowd = run("asyncio-crowd", "127.0.0.1", String(await served.port()), String(CROWD));
    expect(await ended(crowd)).toMatch(/^500 connections, \d+ bytes compared\n$/);
  });
});

component(
  "python/app with many clients",
  POLLUX,
  (start) => {
    const run = running(start);

    describe.each([
      ["asyncio-server", []],
      ["selectors-server", ["127.0.0.1", "0"]],
    ])("%s", (server, args) => {
      let served: Process;
      beforeAll(() => {
        served = run(server, ...args);
      });
      afterAll(() => served[Symbol.asyncDispose]());

      it.skipIf(!HAS_PYTHON)(`answers CPython's ${CROWD} connections at once, every byte compared`, async () => {
        const port = await served.port();
        expect(await runPeer(OURS("asyncio-crowd"), port, String(CROWD))).toMatch(
          /^500 connections, \d+ bytes compared/,
        );
      });

      it("returns every client's bytes, whatever its end", async () => {
        const port = await served.port();
        await visit(() => Client.connect(port));
      });
    });
  },
  { file: built("python/app") },
);
