/** The ring of an asynchronous program: the host's I/O between two steps, over each driver. */
import { describe, expect, it } from "vitest";
import { OP_ACCEPT, OP_RECV, OP_SEND } from "../../assembly/abi/operation.ts";
import { RING_SUBMISSION_HEAD } from "../../assembly/abi/ring.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { IN } from "../../wasi-host/abi/readiness.ts";
import { pollfds, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { does, GuestRing, ringed } from "./guest-ring.ts";
import { BUFFER, FINISHED, FOREVER, LISTENER, SteppedGuest } from "./stepped-guest.ts";

describe.each(["posix", "simulated"])("%s driver:", (driver) => {
  describe("a ring", () => {
    it("accepts, receives into linear memory, and sends from it, while the program sleeps", async () => {
      await ringed(driver, 8, (ring, guest) => {
        let peer = -1;
        let fd = -1;
        const heard = Buffer.alloc(16);
        const connect = () => {
          ring.submit({ op: OP_ACCEPT, fd: LISTENER, data: 1n });
          peer = guest.driver.connect(guest.host.listening[0]);
        };
        const receive = () => {
          const [[data, result]] = ring.take();
          expect(data).toBe(1n);
          fd = result;
          ring.submit({ op: OP_RECV, fd, buffer: BUFFER, length: 64, data: 0xfedc_ba98_7654_3210n });
          guest.send(peer, "hello");
        };
        const echo = () => {
          expect(ring.take()).toEqual([[0xfedc_ba98_7654_3210n, 5]]);
          expect(guest.text(BUFFER, 6)).toBe("hello\0");
          ring.submit({ op: OP_SEND, fd, buffer: BUFFER, length: 5, data: 2n });
        };
        const end = () => {
          expect(ring.take()).toEqual([[2n, 5]]);
          expect(guest.driver.recv(peer, heard, 0, 16, 0)).toBe(5);
          expect(heard.toString("utf8", 0, 5)).toBe("hello");
          ring.submit({ op: OP_RECV, fd, length: 64 });
          guest.driver.close(peer);
        };
        const ended = () => expect(ring.take()).toEqual([[0n, 0]]);
        return [does(connect, FOREVER), does(receive, FOREVER), does(echo, FOREVER), does(end, FOREVER), does(ended)];
      });
    });

    it("completes a waiting operation when it is possible, in order of submission for each descriptor", async () => {
      await ringed(driver, 8, (ring, guest) => {
        const { fd, peer } = guest.connection();
        const other = guest.connection();
        const submit = () => {
          ring.submit({ op: OP_RECV, fd, buffer: BUFFER, length: 3, data: 1n });
          ring.submit({ op: OP_RECV, fd, buffer: BUFFER + 3, length: 3, data: 2n });
          ring.submit({ op: OP_RECV, fd: other.fd, buffer: BUFFER + 8, length: 3, data: 3n });
        };
        const wait = does(() => expect(ring.take()).toEqual([]), 1);
        const send = does(() => guest.send(peer, "abcdef"), FOREVER);
        const look = does(() => {
          expect(ring.take()).toEqual([
            [1n, 3],
            [2n, 3],
          ]);
          expect(guest.text(BUFFER, 6)).toBe("abcdef");
          guest.send(other.peer, "xyz");
        }, FOREVER);
        const last = does(() => expect(ring.take()).toEqual([[3n, 3]]));
        return [does(submit), wait, send, look, last];
      });
    });

    it("sends as much as the socket accepts, and more when there is room", async () => {
      using guest = await SteppedGuest.open({}, driver);
      const ring = new GuestRing(guest, 4);
      const { fd, peer } = guest.connection();
      const received = Buffer.alloc(1 << 24);
      let [got, sent, full] = [0, 0, false];
      const drain = () => {
        for (let count = 1; count > 0; got += Math.max(count, 0)) {
          count = guest.driver.recv(peer, received, got, received.length - got, 0);
        }
      };
      const pollux_step = () => {
        const completions = ring.take();
        for (const [, count] of completions) sent += count;
        if (full && completions.length > 0) return FINISHED;
        if (sent > 0 && completions.length === 0) {
          // For a millisecond the last operation is not done: the socket is full, and the operation waits for this
          // read.
          full = true;
          drain();
          return FOREVER;
        }
        ring.submit({ op: OP_SEND, fd, buffer: 0, length: 65_536 });
        return 1;
      };
      guest.run([], { ...ring.exports, pollux_step });
      guest.host.dispose();
      const fds = pollfds(1);
      while (got < sent) {
        setPollfd(fds, 0, peer, IN);
        guest.driver.poll(fds, 1, Infinity);
        drain();
      }
      expect([full, got]).toEqual([true, sent]);
    });

    it("holds completions back while full, and loses none", async () => {
      await ringed(driver, 4, (ring) => {
        const seen: bigint[] = [];
        const take = () => seen.push(...ring.take().map(([data]) => data));
        return [
          does(() => ring.submitNothing(4, 0n)),
          does(() => ring.submitNothing(4, 4n), 1),
          does(() => expect(ring.submitted).toBe(0), 1),
          // Four in the ring and four held back reach the limit, so these wait in the ring.
          does(() => ring.submitNothing(4, 8n), 1),
          does(() => expect(ring.submitted).toBe(4)),
          does(take),
          does(take),
          does(take),
          does(() => expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index)))),
        ];
      });
    });

    it("accepts no more operations than it has entries", async () => {
      await ringed(driver, 4, (ring, guest) => {
        const { fd, peer } = guest.connection();
        const submit = () => {
          for (let n = 0; n < 4; n++) ring.submit({ op: OP_RECV, fd, buffer: BUFFER + n, length: 1, data: BigInt(n) });
        };
        const full = does(() => expect(ring.submitted).toBe(4), 1);
        const send = does(() => guest.send(peer, "abcdefgh"));
        let taken = 0;
        const take = does(() => (taken += ring.take().length));
        return [does(submit), does(submit), full, full, send, take, take, does(() => expect(taken).toBe(8))];
      });
    });

    it("continues when its counters wrap at 2^32", async () => {
      await ringed(
        driver,
        4,
        (ring) => [
          does(() => ring.submitNothing(4)),
          does(() => expect(ring.take()).toHaveLength(4)),
          does(() => ring.submitNothing(3)),
          does(() => expect(ring.take()).toHaveLength(3)),
          does(() => expect(ring.get(RING_SUBMISSION_HEAD)).toBe(5)),
        ],
        { start: 0xffff_fffe },
      );
    });

    it("cancels operations on a descriptor that is closed or renumbered", async () => {
      await ringed(driver, 8, (ring, guest) => {
        const { fd } = guest.connection();
        const other = guest.connection();
        const submit = () => {
          ring.submit({ op: OP_RECV, fd, length: 8, data: 1n });
          ring.submit({ op: OP_RECV, fd: other.fd, length: 8, data: 2n });
          ring.submit({ op: OP_ACCEPT, fd: LISTENER, data: 3n });
        };
        const close = () => {
          guest.calls.fd_close(fd);
          guest.calls.fd_renumber(other.fd, LISTENER);
        };
        const look = () => {
          const completions = ring.take().sort(([a], [b]) => Number(a - b));
          expect(completions).toEqual([1n, 2n, 3n].map((data) => [data, -Errno.CANCELED]));
        };
        return [does(submit, 1), does(close), does(look)];
      });
    });

    it("does not affect the next descriptor with a closed number", async () => {
      await ringed(driver, 8, (ring, guest) => {
        const { fd } = guest.connection();
        const reuse = () => {
          guest.calls.fd_close(fd);
          const next = guest.connection();
          expect(next.fd).toBe(fd);
          guest.send(next.peer, "new");
        };
        const look = () => {
          expect(ring.take()).toEqual([[0n, -Errno.CANCELED]]);
          expect(guest.text(BUFFER, 3)).toBe("\0\0\0");
        };
        return [does(() => ring.submit({ op: OP_RECV, fd, length: 8 }), 1), does(reuse, 1), does(look, 1)];
      });
    });

    it("finds its buffers after memory has grown", async () => {
      await ringed(driver, 4, (ring, guest) => {
        const { fd, peer } = guest.connection();
        const grow = () => {
          guest.memory.grow(3);
          guest.send(peer, "grown");
        };
        const look = () => {
          expect(ring.take()).toEqual([[0n, 5]]);
          expect(guest.text(BUFFER, 5)).toBe("grown");
        };
        return [does(() => ring.submit({ op: OP_RECV, fd, length: 8 }), 1), does(grow, FOREVER), does(look)];
      });
    });

    it("leaves a connection in the backlog when the table is full", async () => {
      using guest = await SteppedGuest.open({ limits: { descriptors: 4 } }, driver);
      const ring = new GuestRing(guest, 4);
      guest.driver.connect(guest.host.listening[0]);
      const submit = () => ring.submit({ op: OP_ACCEPT, fd: LISTENER });
      const refused = () => {
        expect(ring.take()).toEqual([[0n, -Errno.MFILE]]);
        guest.calls.fd_close(0);
        submit();
      };
      guest.run([does(submit), does(refused), does(() => expect(ring.take()).toEqual([[0n, 0]]))], ring.exports);
    });
  });
});
