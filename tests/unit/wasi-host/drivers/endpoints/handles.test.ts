import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { Handles } from "../../../../../wasi-host/drivers/endpoints/handles.ts";
import { FakeEndpoint } from "./fake-endpoint.ts";

const insert = (handles: Handles, count: number) =>
  Array.from({ length: count }, () => handles.insert(new FakeEndpoint()));

describe("handles", () => {
  it("begin at 3, above the standard streams", () => {
    expect(insert(new Handles(9), 3)).toEqual([3, 4, 5]);
  });

  it("are known to their endpoints", () => {
    const endpoint = new FakeEndpoint();
    const handle = new Handles(9).insert(endpoint);
    expect(endpoint.handle).toBe(handle);
  });

  it("find their endpoints; unknown handles find none", () => {
    const handles = new Handles(9);
    const endpoint = new FakeEndpoint();
    const handle = handles.insert(endpoint);
    expect([handles.get(handle), handles.get(handle + 1), handles.get(0), handles.get(-1)]).toEqual([
      endpoint,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("reuse the number that was closed last", () => {
    const handles = new Handles(9);
    insert(handles, 3);
    handles.close(3, false);
    handles.close(5, false);
    expect(insert(handles, 3)).toEqual([5, 3, 6]);
  });

  it("return EBADF for a handle that is closed or was never open", () => {
    const handles = new Handles(9);
    insert(handles, 1);
    expect([handles.close(3, false), handles.close(3, false), handles.close(7, false)]).toEqual([
      0,
      -Errno.BADF,
      -Errno.BADF,
    ]);
  });

  it("close or reset an endpoint", () => {
    const handles = new Handles(9);
    const [one, other] = [new FakeEndpoint(), new FakeEndpoint()];
    handles.close(handles.insert(one), false);
    handles.close(handles.insert(other), true);
    expect([one.ended, other.ended]).toEqual([["closed"], ["reset"]]);
  });

  it("end an endpoint's wakers before it is closed", () => {
    const handles = new Handles(9);
    const endpoint = new FakeEndpoint();
    const handle = handles.insert(endpoint);
    endpoint.wakers = { next: null, filter: 1, wake() {}, end: () => endpoint.ended.push("waker ended") };
    handles.close(handle, false);
    expect(endpoint.ended).toEqual(["waker ended", "closed"]);
    expect(endpoint.wakers).toBeNull();
  });

  it("are limited in number; closed ones do not count", () => {
    const handles = new Handles(2);
    insert(handles, 1);
    expect([handles.fits(1), handles.fits(2)]).toEqual([true, false]);
    handles.close(3, false);
    expect(handles.fits(2)).toBe(true);
  });

  it("list the open endpoints", () => {
    const handles = new Handles(9);
    insert(handles, 4);
    handles.close(4, false);
    expect([...handles.open()].map(({ handle }) => handle)).toEqual([3, 5, 6]);
  });
});
