/** Snapshots: what a world looks like after a step, and what has changed since the step before. */
import { EPOLL_EVENT_FD, INSTANCE_FD_BASE, POLLFD_FD } from "../../assembly/abi/epoll.ts";
import { EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLONESHOT } from "../../src/index.ts";
import type { Action, Event } from "./actions.ts";
import type { Client } from "./clients.ts";
import { fieldsOf, type WatchFields } from "./engine.ts";
import { DESCRIPTOR, EPOLL_EVENT, INSTANCE, type Layout, POLLFD, WATCH } from "./layout.ts";
import {
  type ClientState,
  type InstanceState,
  MAX_CONTENT,
  MAX_SHOWN,
  type Region,
  type SleeperState,
  type Snapshot,
  type SocketState,
  type WatchMode,
  type WatchState,
  type Why,
} from "./snapshot.ts";
import type { ServerSocket, World } from "./world.ts";

/** All bits of interest. */
const BITS = 0x27df;
const LAYOUTS: Readonly<Record<Region["structure"], Layout>> = {
  Instance: INSTANCE,
  Watch: WATCH,
  Descriptor: DESCRIPTOR,
  epoll_event: EPOLL_EVENT,
  pollfd: POLLFD,
};

interface Place {
  readonly structure: Region["structure"];
  readonly address: number;
  readonly fd: number;
  readonly ep?: number;
}

/** The structures at one moment, to compare the next moment with. */
export interface Moment {
  readonly regions: ReadonlyMap<number, Uint8Array>;
  readonly modes: ReadonlyMap<number, WatchMode>;
}

export const NOTHING: Moment = { regions: new Map(), modes: new Map() };

/** Notes the structures of `world` as they are. */
export function momentOf(world: World): Moment {
  const regions = new Map<number, Uint8Array>();
  const modes = new Map<number, WatchMode>();
  for (const { address, structure } of placesOf(world)) {
    regions.set(address, world.engine.bytes(address, LAYOUTS[structure].size));
    if (structure === "Watch") modes.set(address, world.engine.watch(address).mode);
  }
  return { regions, modes };
}

/** The part of a snapshot that the world has; a session adds its steps and its log. */
export function pictureOf(
  world: World,
  before: Moment,
  delivered: readonly Event[],
  action: Action | undefined,
): Omit<Snapshot, "steps" | "log" | "delivered"> {
  const places = placesOf(world);
  return {
    step: world.step,
    time: world.time,
    sockets: [...world.sockets].slice(0, MAX_SHOWN).map(([fd, socket]) => socketState(world, fd, socket)),
    clients: world.clients.slice(0, MAX_SHOWN).map((client) => clientState(world, client)),
    crowd: world.crowd.size,
    instances: world.instances.map((ep) => instanceState(world, ep, before, delivered, action)),
    sleepers: [...world.sleepers.values()].slice(0, MAX_SHOWN).map(
      ({ number, action, step, deadline }): SleeperState => ({
        ...{ sleeper: number, action, step },
        ...(deadline === Infinity ? {} : { deadline: world.timeOf(deadline) }),
      }),
    ),
    memory: {
      size: world.engine.memorySize,
      regions: places.map((place) => regionOf(world, place, before)).sort((one, other) => one.address - other.address),
    },
  };
}

/** The watches of an instance that are shown, in the order of their descriptors. */
function shownWatches({ engine, sockets, instances }: World, instance: number): number[] {
  const targets = [
    ...[...sockets.keys()].map((fd) => engine.descriptor(fd)),
    ...instances.map((ep) => engine.instance(ep)),
  ];
  const watches = targets.map((target) => (target === 0 ? 0 : engine.watchOn(target, instance)));
  return watches.filter((watch) => watch !== 0).slice(0, MAX_SHOWN);
}

function placesOf(world: World): Place[] {
  const places: Place[] = [];
  const descriptors = new Set<number>();
  for (const ep of world.instances) {
    const instance = world.engine.instance(ep);
    places.push({ structure: "Instance", address: instance, fd: ep, ep });
    for (const address of shownWatches(world, instance)) {
      const fd = world.engine.fdOf(address);
      places.push({ structure: "Watch", address, fd, ep });
      if (fd < INSTANCE_FD_BASE) descriptors.add(fd);
    }
  }
  for (const fd of descriptors) places.push({ structure: "Descriptor", address: world.engine.descriptor(fd), fd });
  const { written } = world;
  for (let index = 0; written !== undefined && index < Math.min(written.count, MAX_SHOWN); index++) {
    const { structure, ep } = written;
    const address = written.address + index * LAYOUTS[structure].size;
    const fields = world.engine.bytes(address, LAYOUTS[structure].size);
    const fd = new DataView(fields.buffer).getInt32(structure === "pollfd" ? POLLFD_FD : EPOLL_EVENT_FD, true);
    places.push({ structure, address, fd, ...(ep === undefined ? {} : { ep }) });
  }
  return places;
}

function regionOf(world: World, place: Place, { regions }: Moment): Region {
  const layout = LAYOUTS[place.structure];
  const bytes = world.engine.bytes(place.address, layout.size);
  const old = regions.get(place.address);
  const changed = bytes.map((byte, index) => Number(byte !== (old?.[index] ?? 0)));
  return { ...place, bytes, changed, fields: fieldsOf(layout, bytes, changed) };
}

function socketState(world: World, fd: number, { handle, client, backlog, sent }: ServerSocket): SocketState {
  const capacity = world.settings.bufferSize;
  const none = { content: new Uint8Array(), ended: false, shut: false, reset: false };
  const readiness = world.readiness(fd);
  if (client === undefined) {
    const receive = { length: world.network.waiting(handle), capacity: backlog };
    return { ...none, fd, kind: "listener", receive, send: { length: 0, capacity: 0 }, readiness };
  }
  const condition = world.network.observe(handle)!;
  return {
    ...{ fd, kind: "stream", client: client.number, readiness, content: contentOf(world, handle) },
    receive: { length: condition.received, capacity },
    send: { length: Math.min(condition.unsent, sent), capacity },
    ...{ ended: condition.ended, shut: condition.finished, reset: condition.reset },
  };
}

const PEEK = 1;

function contentOf({ network }: World, handle: number): Uint8Array {
  // Without bytes, a look would advance the clock.
  const length = Math.min(network.available(handle), MAX_CONTENT);
  const content = new Uint8Array(length);
  if (length > 0) network.recv(handle, content, 0, length, PEEK);
  return content;
}

function clientState(world: World, client: Client): ClientState {
  const capacity = world.settings.bufferSize;
  const { number, fd, listener, reads, shut, sent, taken, closed, accepted } = client;
  const condition = closed ? undefined : world.network.observe(client.handle);
  let state: ClientState["state"] = accepted ? "connected" : "waiting";
  if (closed) state = "closed";
  else if (condition?.reset === true) state = accepted || sent > 0 ? "reset" : "refused";
  return {
    ...{ client: number, listener, state, reads, shut, sent, taken },
    ...(fd === undefined ? {} : { fd }),
    receive: { length: condition?.received ?? 0, capacity },
    send: { length: condition?.unsent ?? 0, capacity },
  };
}

function instanceState(
  world: World,
  ep: number,
  before: Moment,
  delivered: readonly Event[],
  action: Action | undefined,
): InstanceState {
  const { engine } = world;
  const address = engine.instance(ep);
  const ready = engine.ready(address, MAX_SHOWN);
  const changed = action?.call === "epoll_ctl" && action.ep === ep ? action.fd : undefined;
  const reported = new Set(world.written?.ep === ep ? delivered.map(({ fd }) => fd) : []);
  return {
    ...{ ep, number: ep - INSTANCE_FD_BASE + 1, address },
    ready: ready.map((watch) => engine.fdOf(watch)),
    readyCount: engine.readyCount(address),
    watches: shownWatches(world, address).map((watch) =>
      watchState(world, ep, engine.watch(watch), ready.indexOf(watch), before.modes.get(watch), reported, changed),
    ),
    watchCount: engine.countMembers(address),
    sleepers: [...world.sleepers.values()]
      .filter(({ action }) => action.call === "epoll_wait" && action.ep === ep)
      .map(({ number }) => number),
  };
}

function watchState(
  world: World,
  ep: number,
  watch: WatchFields,
  place: number,
  before: WatchMode | undefined,
  reported: ReadonlySet<number>,
  changed: number | undefined,
): WatchState {
  const { fd, address, events, mode, known } = watch;
  const readiness = world.readiness(fd);
  const delivered = reported.has(fd);
  return {
    ...{ fd, ep, address, known, readiness, delivered, place, state: mode },
    interest: events & BITS,
    trigger: (events & EPOLLET) !== 0 ? "edge" : "level",
    oneshot: (events & EPOLLONESHOT) !== 0,
    exclusive: (events & EPOLLEXCLUSIVE) !== 0,
    nested: fd >= INSTANCE_FD_BASE,
    why: reasonOf(watch, readiness & (events | EPOLLERR | EPOLLHUP) & BITS, before, delivered, fd === changed),
  };
}

/** `ready`: the bits that it asks for and that hold now. `changed`: this step has added or modified it. */
function reasonOf(
  watch: WatchFields,
  ready: number,
  before: WatchMode | undefined,
  delivered: boolean,
  changed: boolean,
): Why {
  if (watch.mode === "silent") return "oneshot";
  if (watch.mode === "queued") {
    if (delivered) return "level";
    if (watch.certain && (watch.known & (watch.events | EPOLLERR | EPOLLHUP)) === 0) return "known-empty";
    if (before === "queued") return "queued";
    return changed ? "ready-at-ctl" : "wakeup";
  }
  if (delivered) return "edge-delivered";
  if (before === "queued") return "dropped";
  return ready !== 0 ? "unread" : "waiting";
}
