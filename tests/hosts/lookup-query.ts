/**
 * A call of sock_getaddrinfo in the form of Rust's wasmedge_wasi_socket: both texts with a NUL, and a list of
 * addrinfos.
 */
import { expect } from "vitest";
import type { GuestPage } from "./guest-page.ts";
import { INET4, STREAM } from "./socket-guest.ts";

export interface Hints {
  readonly flags?: number;
  readonly family?: number;
  readonly type?: number;
  readonly protocol?: number;
  readonly most?: number;
  /** The length of each address buffer, as given by the guest. */
  readonly dataLength?: number;
}

export interface FoundAddress {
  readonly ip: readonly number[];
  readonly port: number;
  readonly type: number;
  readonly protocol: number;
}

export class LookupQuery {
  readonly args: readonly number[];
  readonly #page: GuestPage;
  readonly #infos: readonly number[];
  readonly #data: readonly number[];

  constructor(page: GuestPage, node: string, service: string, hints: Hints = {}) {
    const { flags = 0, family = 0, type = STREAM, protocol = 0, most = 4, dataLength = 26 } = hints;
    this.#page = page;
    this.#infos = Array.from({ length: Math.max(most, 1) }, () => page.room(28));
    this.#data = this.#infos.map((info, index) => {
      const [sockaddr, bytes] = [page.room(12), page.room(26)];
      page.view.setUint32(info + 12, sockaddr, true);
      page.view.setUint32(info + 24, this.#infos[index + 1] ?? 0, true);
      page.view.setUint32(sockaddr + 4, dataLength, true);
      page.view.setUint32(sockaddr + 8, bytes, true);
      return bytes;
    });
    const hint = page.place(Uint8Array.of(flags, 0, family, type, protocol, ...new Array(23).fill(0)))[0];
    page.view.setUint32(page.result, this.#infos[0], true);
    const text = (content: string) => page.place(content === "" ? "" : `${content}\0`);
    this.args = [...text(node), ...text(service), hint, page.result, most, page.result + 8];
  }

  /** The results of the call. */
  found(): FoundAddress[] {
    const { view } = this.#page;
    return this.#infos.slice(0, this.#page.u32(this.#page.result + 8)).map((info, index) => {
      const family = view.getUint8(info + 2);
      const sockaddr = this.#page.u32(info + 12);
      expect(view.getUint8(sockaddr)).toBe(family);
      expect(this.#page.u32(sockaddr + 4)).toBe(family === INET4 ? 14 : 26);
      const [at, length] = family === INET4 ? [2, 4] : [6, 16];
      return {
        ip: [...this.#page.bytes(this.#data[index] + at, length)],
        port: view.getUint16(this.#data[index], false),
        type: view.getUint8(info + 3),
        protocol: view.getUint8(info + 4),
      };
    });
  }
}
