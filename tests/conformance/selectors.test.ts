/** Registration and its end in selectors: Python's contract, the same for each class. */
import { describe, expect, it } from "vitest";
import { EVENT_READ, EVENT_WRITE, type Fileno, Socket } from "../../src/index.ts";
import { Bench, BOTH, CLASSES, thrown } from "./selectors-subject.ts";

const unknownObjects = [
  {},
  { fileno: "7" },
  { fileno: () => undefined },
  null,
  undefined,
  "7",
  7n,
  () => 7,
] as Fileno[];

describe.each(CLASSES)("$name", ({ Selector }) => {
  describe("register", () => {
    it("returns the key, which is frozen: the object, its descriptor, the events and the data", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const data = { any: "value" };
      const key = selector.register(socket, EVENT_READ, data);
      expect(key).toEqual({ fileobj: socket, fd: socket.fd, events: EVENT_READ, data });
      expect([key.fileobj, key.data]).toEqual([socket, data]);
      expect(Object.isFrozen(key)).toBe(true);
    });

    it("takes a socket, a listener, a number, and an object with fileno()", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [one, other] = bench.pair();
      const listener = Socket.listen(bench.core, "127.0.0.1:0");
      const file = { fileno: () => other.fd };
      const fds = [listener, one.fd, file].map((fileobj) => selector.register(fileobj, EVENT_READ).fd);
      expect(fds).toEqual([listener.fd, one.fd, other.fd]);
    });

    it("without data gives undefined", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      expect(selector.register(bench.pair()[0], EVENT_READ).data).toBeUndefined();
    });

    it.each(unknownObjects)(
      "of a value that is not a file object (%o) is a TypeError that names what is expected",
      async (unknown) => {
        using bench = await Bench.open();
        using selector = new Selector(bench.core);
        expect(() => selector.register(unknown, EVENT_READ)).toThrow(TypeError);
        expect(() => selector.register(unknown, EVENT_READ)).toThrow(
          "expected a Socket, a descriptor, or an object with fileno()",
        );
        expect(selector.getMap().size).toBe(0);
      },
    );

    it.each([-10, 1.5, Number.NaN, Infinity])("of descriptor %d is a RangeError that names it", async (fd) => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      for (const fileobj of [fd, { fileno: () => fd }]) {
        expect(() => selector.register(fileobj, EVENT_READ)).toThrow(RangeError);
        expect(() => selector.register(fileobj, EVENT_READ)).toThrow(`its descriptor is ${fd}`);
      }
    });

    it("of a closed socket is a RangeError, even if its number is reused", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      socket.close();
      const [successor] = bench.pair();
      expect(successor.fd).toBe(socket.fd);
      expect(() => selector.register(socket, EVENT_READ)).toThrow(RangeError);
      expect(() => selector.register(socket, EVENT_READ)).toThrow(`Socket ${socket.fd} (closed)`);
    });

    it.each([4, 7, -1, 999_999, 1.5, Number.NaN])("with events %d is a RangeError that names them", async (events) => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      expect(() => selector.register(socket, events)).toThrow(RangeError);
      expect(() => selector.register(socket, events)).toThrow(`events ${events}: expected EVENT_READ`);
      expect(selector.getMap().has(socket)).toBe(false);
    });

    it("of a registered descriptor is EEXIST: by the object, its number, or another object with that number", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const key = selector.register(socket, EVENT_READ);
      for (const same of [socket, socket.fd, { fileno: () => socket.fd }]) {
        expect(thrown(() => selector.register(same, EVENT_WRITE))).toMatchObject({
          code: "EEXIST",
          syscall: "register",
        });
      }
      expect(selector.getKey(socket)).toBe(key);
    });

    it("of a socket that reuses the number of a closed but registered one is EEXIST; the message explains it", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, EVENT_READ);
      socket.close();
      const [successor] = bench.pair();
      expect(() => selector.register(successor, EVENT_READ)).toThrow(`is registered for Socket ${socket.fd} (closed)`);
      selector.unregister(socket);
      expect(selector.register(successor, EVENT_READ).fileobj).toBe(successor);
    });
  });

  describe("unregister", () => {
    it("returns the key", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const key = selector.register(socket, EVENT_READ, "data");
      expect(selector.unregister(socket)).toBe(key);
      expect(selector.getMap().size).toBe(0);
    });

    it("of an unknown object is ENOENT, also the second time", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      expect(thrown(() => selector.unregister(999_999))).toMatchObject({ code: "ENOENT", syscall: "unregister" });
      selector.register(socket, EVENT_READ);
      selector.unregister(socket);
      expect(thrown(() => selector.unregister(socket))).toMatchObject({ code: "ENOENT", syscall: "unregister" });
      expect(() => selector.unregister({} as Fileno)).toThrow(TypeError);
    });

    it("of a closed object works: a socket, a number, an object whose fileno() fails now", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [one, other] = bench.pair();
      const [third] = bench.pair();
      const file = {
        fileno: () => {
          if (!third.isOpen) throw new Error("closed");
          return third.fd;
        },
      };
      const keys = [one, other.fd, file].map((fileobj) => selector.register(fileobj, BOTH));
      for (const socket of [one, other, third]) socket.close();
      expect([one, other.fd, file].map((fileobj) => selector.unregister(fileobj))).toEqual(keys);
    });

    it("of a closed object keeps the registration of the descriptor that reused its number", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      using others = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, BOTH);
      socket.close();
      const [successor] = bench.pair();
      others.register(successor, EVENT_WRITE);
      selector.unregister(socket);
      expect(thrown(() => selector.unregister(socket))).toBeInstanceOf(RangeError);
      expect(others.selectSync(0)).toEqual([[others.getKey(successor), EVENT_WRITE]]);
    });
  });

  describe("modify", () => {
    it("changes the events and the data, and returns the new key", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const key = selector.register(socket, EVENT_READ, "data");
      const changed = selector.modify(socket, EVENT_WRITE, "other");
      expect(changed).toEqual({ fileobj: socket, fd: socket.fd, events: EVENT_WRITE, data: "other" });
      expect(selector.getKey(socket)).toBe(changed);
      expect(key).toMatchObject({ events: EVENT_READ, data: "data" });
      expect(selector.selectSync(0)).toEqual([[changed, EVENT_WRITE]]);
    });

    it("keeps the registration if only the data changes, without a system call", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, EVENT_READ, "data");
      socket.close();
      expect(selector.modify(socket, EVENT_READ, "other").data).toBe("other");
      expect(selector.modify(socket, EVENT_READ).data).toBeUndefined();
    });

    it("returns the same key if nothing changes", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const key = selector.register(socket, EVENT_READ, "data");
      expect(selector.modify(socket, EVENT_READ, "data")).toBe(key);
    });

    it("of an unknown object is ENOENT", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      expect(thrown(() => selector.modify(999_999, EVENT_READ))).toMatchObject({ code: "ENOENT", syscall: "modify" });
    });

    it("that fails leaves the object unregistered", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, EVENT_WRITE);
      expect(() => selector.modify(socket, 999_999)).toThrow(RangeError);
      expect(thrown(() => selector.getKey(socket))).toMatchObject({ code: "ENOENT" });
      expect(selector.selectSync(0)).toEqual([]);
      selector.register(socket, EVENT_WRITE);
    });
  });

  describe("getKey", () => {
    it("returns the key of an object or of its number", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      const [socket] = bench.pair();
      const key = selector.register(socket, EVENT_READ, "data");
      expect([selector.getKey(socket), selector.getKey(socket.fd)]).toEqual([key, key]);
    });

    it("of an unknown object is ENOENT; the message names it", async () => {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      expect(thrown(() => selector.getKey(999_999))).toMatchObject({ code: "ENOENT", syscall: "getKey" });
      expect(() => selector.getKey(999_999)).toThrow("999999, which is not registered");
    });
  });

  describe("close", () => {
    it("can be repeated, and keeps the objects open", async () => {
      using bench = await Bench.open();
      const selector = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, EVENT_READ);
      selector.close();
      selector.close();
      expect(socket.isOpen).toBe(true);
    });

    it("makes every later use EBADF", async () => {
      using bench = await Bench.open();
      const selector = new Selector(bench.core);
      const [socket] = bench.pair();
      selector.register(socket, EVENT_READ);
      selector.close();
      const closed = { code: "EBADF", message: expect.stringContaining("on a closed selector") };
      expect(thrown(() => selector.register(socket, EVENT_READ))).toMatchObject(closed);
      expect(thrown(() => selector.unregister(socket))).toMatchObject(closed);
      expect(thrown(() => selector.modify(socket, EVENT_WRITE))).toMatchObject(closed);
      expect(thrown(() => selector.getKey(socket))).toMatchObject(closed);
      expect(thrown(() => selector.selectSync(0))).toMatchObject(closed);
      await expect(selector.select(0)).rejects.toMatchObject(closed);
    });

    it("is called at the end of a `using` block", async () => {
      using bench = await Bench.open();
      const [socket] = bench.pair();
      let outside: InstanceType<typeof Selector>;
      {
        using selector = new Selector(bench.core);
        selector.register(socket, EVENT_READ);
        outside = selector;
      }
      expect(thrown(() => outside.getKey(socket))).toMatchObject({ code: "EBADF" });
    });
  });
});
