/**
 * Finds the engine's tables. core.wasm does not export their addresses, but these are the same in every instance of it. So an
 * instance of its own makes an epoll instance with one watch, and the search looks for their known numbers in its memory.
 *
 *      table of instances ──▶ Instance ◀──▶ Watch ◀── Descriptor ◀── table of descriptors
 */
import { Core, EPOLL_CTL_ADD, EPOLLIN, Epoll, Socket } from "../../src/index.ts";
import { SimulatedDriver } from "../../wasi-host/web.ts";
import { DESCRIPTOR, INSTANCE, offsetOf, WATCH } from "./layout.ts";

/** Addresses of the two tables: assembly/memory/segments.ts has their layout. */
export interface Tables {
  readonly instances: number;
  readonly descriptors: number;
}

const known = new WeakMap<WebAssembly.Module, Promise<Tables>>();

/**
 * The tables of a module.
 *
 * @throws Error if the module is not a core of this layout
 */
export function tablesOf(module: WebAssembly.Module): Promise<Tables> {
  let found = known.get(module);
  if (found === undefined) {
    found = search(module);
    known.set(module, found);
  }
  return found;
}

/** User data of the watch that is searched for. */
const MARK = 0x5bd1_e995_1b87_3593n;

async function search(module: WebAssembly.Module): Promise<Tables> {
  using core = await Core.open({ module, driver: new SimulatedDriver() });
  const epoll = new Epoll(core);
  const [reader] = Socket.pair(core);
  epoll.ctl(EPOLL_CTL_ADD, reader, EPOLLIN, MARK);
  const { view } = core;
  const word = (address: number) => view.getUint32(address, true);
  const watch = only(view, (at) => at % 8 === 0 && word(at) === Number(MARK & 0xffff_ffffn)) - offsetOf(WATCH, "data");
  const instance = word(watch + offsetOf(WATCH, "instance"));
  if (word(watch) !== reader.fd || word(instance + offsetOf(INSTANCE, "fd")) !== epoll.fd) throw unknown();
  const descriptor = only(view, (at) => word(at) === watch && word(at + 4) === watch);
  const firstDescriptor = descriptor - reader.fd * DESCRIPTOR.size;
  return {
    instances: only(view, (at) => word(at) === 1 && word(at + 4) === instance),
    descriptors: only(view, (at) => word(at) === 1 && word(at + 4) === firstDescriptor),
  };
}

/** The one address of a word for which `holds`. */
function only(view: DataView, holds: (address: number) => boolean): number {
  let found = -1;
  for (let at = 0; at + 8 <= view.byteLength; at += 4) {
    if (!holds(at)) continue;
    if (found >= 0) throw unknown();
    found = at;
  }
  if (found < 0) throw unknown();
  return found;
}

function unknown(): Error {
  return new Error("core.wasm has another layout than this page");
}
