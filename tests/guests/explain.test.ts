/** `pollux run --explain=json` on guests in C, Go and Rust: which event of poll_oneoff led to each receive and accept. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import type { StoryEvent } from "../../wasi-host/internal-story.ts";
import { bytesOf, exchange, guest } from "./guest.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pollux-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CLIENTS = 3;
/** They wait in poll(2), select(2), Go's netpoll, and poll_oneoff itself. */
const SERVERS = [
  { name: "c/poll-server", args: [String(CLIENTS)] },
  { name: "c/select-server", args: [String(CLIENTS)] },
  // Go tries before it waits.
  { name: "go/echo", args: [], tries: true },
  { name: "rust/readiness-loop", args: [String(CLIENTS)] },
];

for (const { name, args, tries } of SERVERS) {
  guest(name, (start) => {
    it("is told by its calls: no socket is read before poll_oneoff or a try said so", async () => {
      const file = path.join(folder, `${Math.random()}.jsonl`);
      const server = start({ args, options: ["--explain=json", "--explain-file", file] });
      const port = await server.port();
      while (tries && !readFileSync(file, "utf8").includes("EAGAIN")) await new Promise((next) => setTimeout(next, 5));
      const sent = Array.from({ length: CLIENTS }, (_, client) => bytesOf(client + 1, 20_000 * (client + 1)));
      await Promise.all(sent.map((bytes) => exchange(port, bytes)));
      server.run.child.kill("SIGTERM");
      await server.run.ended;
      const events = readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as StoryEvent);
      expect(events[0]).toMatchObject({ event: "start", level: "calls" });

      const total = events.reduce(
        (sum, event) => sum + (event.event === "receive" && typeof event.result === "number" ? event.result : 0),
        0,
      );
      expect(total).toBe(sent.reduce((sum, { length }) => sum + length, 0));
      expect(
        events.filter(
          ({ event, result }: StoryEvent & { result?: unknown }) => event === "accept" && typeof result === "number",
        ),
      ).toHaveLength(CLIENTS);
      /** Descriptors whose last try met EAGAIN: they are not ready before poll_oneoff says so. */
      const drained = new Set<number>();
      for (const event of events) {
        if (event.event === "poll_oneoff") {
          for (const ready of event.ready) {
            expect(event.waits).toContainEqual("clock" in ready ? ready : { fd: ready.fd, for: ready.for });
            if ("fd" in ready && ready.for === "read") drained.delete(ready.fd);
          }
        } else if (event.event === "accept" || event.event === "receive") {
          const { fd, result } = event;
          if (result === "EAGAIN") drained.add(fd);
          else expect(drained, `${event.event} ${fd}`).not.toContain(fd);
        }
      }
      expect(events.some((event) => event.event === "poll_oneoff" && event.ready.length > 0)).toBe(true);
    });
  });
}
