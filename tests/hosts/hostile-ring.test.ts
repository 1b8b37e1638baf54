/** Hostile or mistaken rings and submissions, over each driver. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OP_ACCEPT, OP_NOP, OP_RECV, OP_SEND, OPERATION_SIZE } from "../../assembly/abi/operation.ts";
import {
  RING_CAPACITY,
  RING_COMPLETION_HEAD,
  RING_MOST_ENTRIES,
  RING_SUBMISSION_HEAD,
  RING_SUBMISSION_TAIL,
  RING_SUBMISSIONS,
} from "../../assembly/abi/ring.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { does, GuestRing, ringed, type Submission } from "./guest-ring.ts";
import { BUFFER, LISTENER, SteppedGuest } from "./stepped-guest.ts";

const MEMORY = 2 * 65_536;

describe.each(["posix", "simulated"])("%s driver:", (driver) => {
  describe("a submission", () => {
    const REFUSED: Record<string, [(stream: number) => Submission, number]> = {
      "of an unknown kind": [() => ({ op: 4 }), Errno.INVAL],
      "of a kind that looks negative": [() => ({ op: 0xffff_ffff }), Errno.INVAL],
      "on a descriptor that is not open": [() => ({ op: OP_RECV, fd: 1000, length: 1 }), Errno.BADF],
      "on a negative descriptor": [() => ({ op: OP_SEND, fd: 0xffff_ffff, length: 1 }), Errno.BADF],
      "on what is no socket": [() => ({ op: OP_RECV, fd: 1, length: 1 }), Errno.NOTSOCK],
      "to receive from a listener": [() => ({ op: OP_RECV, fd: LISTENER, length: 1 }), Errno.NOTCONN],
      "to accept on a stream": [(fd) => ({ op: OP_ACCEPT, fd }), Errno.INVAL],
      "with a buffer that ends past memory": [
        (fd) => ({ op: OP_RECV, fd, buffer: MEMORY - 7, length: 8 }),
        Errno.FAULT,
      ],
      "with a buffer past memory": [(fd) => ({ op: OP_SEND, fd, buffer: 0xffff_fff0, length: 1 }), Errno.FAULT],
      "with a length past 2^31": [(fd) => ({ op: OP_RECV, fd, buffer: 0, length: 0x8000_0000 }), Errno.INVAL],
      "with buffer and length that overflow": [
        (fd) => ({ op: OP_RECV, fd, buffer: 0xffff_ffff, length: 0x7fff_ffff }),
        Errno.FAULT,
      ],
    };
    for (const [name, [make, errno]] of Object.entries(REFUSED)) {
      it(`${name} completes with its errno, and the next one is done`, async () => {
        await ringed(driver, 4, (ring, guest) => {
          const { fd } = guest.connection();
          const submit = () => {
            ring.submit({ data: 1n, ...make(fd) });
            ring.submit({ op: OP_NOP, data: 2n });
          };
          const look = () => {
            expect(ring.take()).toEqual([
              [1n, -errno],
              [2n, 0],
            ]);
          };
          return [does(submit), does(look)];
        });
      });
    }

    it("of no bytes completes with 0 at once and takes no data", async () => {
      await ringed(driver, 4, (ring, guest) => {
        const { fd } = guest.connection();
        return [
          does(() => ring.submit({ op: OP_RECV, fd, length: 0 })),
          does(() => expect(ring.take()).toEqual([[0n, 0]])),
        ];
      });
    });
  });

  describe("a false ring", () => {
    it.each([0, 3, RING_MOST_ENTRIES * 2, 0xffff_ffff])("with a false capacity (%s) is refused", async (capacity) => {
      using guest = await SteppedGuest.open({}, driver);
      const ring = new GuestRing(guest, capacity);
      expect(() => guest.run([], ring.exports)).toThrow(`the ring's capacity is ${capacity}`);
    });

    it.each([-8, MEMORY, MEMORY - 8, BUFFER + 1])("with a false address (%s) is refused", async (address) => {
      using guest = await SteppedGuest.open({}, driver);
      expect(() => guest.run([], { pollux_ring: () => address })).toThrow("pollux_ring() returned");
    });

    it("is refused if its entries would be outside memory", async () => {
      using guest = await SteppedGuest.open({}, driver);
      const ring = new GuestRing(guest, 1024, { address: MEMORY - 4096 });
      expect(() => guest.run([], ring.exports)).toThrow("do not fit into memory");
    });

    it("with false counters gets no more entries than it has room for", async () => {
      await ringed(driver, 4, (ring) => {
        const lie = () => {
          ring.set(RING_SUBMISSION_TAIL, 1_000_000);
          ring.set(RING_COMPLETION_HEAD, 0x8000_0000);
        };
        const truth = () => {
          expect(ring.get(RING_SUBMISSION_HEAD)).toBe(4);
          ring.set(RING_SUBMISSION_TAIL, 4);
          ring.set(RING_COMPLETION_HEAD, 0);
        };
        return [does(lie, 1), does(truth, 1), does(() => expect(ring.take()).toHaveLength(4))];
      });
    });

    it("that is its own buffer harms only itself", async () => {
      await ringed(driver, 4, (ring, guest) => {
        const { fd, peer } = guest.connection();
        const submit = () => {
          ring.submit({ op: OP_RECV, fd, buffer: ring.address, length: 400 });
          guest.send(peer, "\xff".repeat(200));
        };
        return [does(submit, 1), does(() => {}, 1), does(() => expect(ring.get(RING_CAPACITY)).not.toBe(4), 1)];
      });
    });

    it("with a changed capacity keeps its first one", async () => {
      await ringed(driver, 4, (ring) => [
        does(() => ring.set(RING_CAPACITY, 1 << 30)),
        does(() => ring.submitNothing(4)),
        does(() => expect(ring.take()).toHaveLength(4)),
      ]);
    });

    it("with any content neither fails nor hangs the host", async () => {
      const CAPACITY = 8;
      const SIZE = RING_SUBMISSIONS + CAPACITY * OPERATION_SIZE;
      const word = fc.oneof(fc.nat({ max: 8 }), fc.integer(), fc.constantFrom(BUFFER, MEMORY - 4, 0x7fff_ffff));
      const contents = fc.array(word, { minLength: SIZE / 4, maxLength: SIZE / 4 });
      const run = async (rings: number[][]) => {
        using guest = await SteppedGuest.open({}, driver);
        const ring = new GuestRing(guest, CAPACITY);
        // The ring most likely names low numbers: the stream is one of them.
        for (const listed of [0, 1, 2]) guest.calls.fd_close(listed);
        const { peer } = guest.connection();
        const scribble = (words: number[]) => () => {
          guest.send(peer, "data");
          for (const [index, value] of words.entries()) guest.view.setInt32(ring.address + index * 4, value, true);
          return 1;
        };
        expect(guest.run(rings.map(scribble), ring.exports)).toBe(0);
      };
      await fc.assert(fc.asyncProperty(fc.array(contents, { maxLength: 6 }), run), { numRuns: 150 });
    });
  });
});
