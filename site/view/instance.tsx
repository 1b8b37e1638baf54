/** epoll instances: the ready list in order, and each watch as a card in the lane of its state. */
import { useState } from "preact/hooks";
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLRDHUP } from "../../src/constants.ts";
import type { InstanceState, WatchState } from "../session/snapshot.ts";
import { choose, Descriptor } from "./descriptor.tsx";
import { useMoves } from "./moves.ts";
import { bitNames, eventNames, nameOf } from "./names.ts";
import { act, chosen, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

const LANES = ["idle", "queued", "delivered", "silent"] as const;
type Lane = (typeof LANES)[number];
const SIGNS = { idle: "asleep", queued: "ready", delivered: "delivered", silent: "asleep" } as const;
/** Events of one wait. */
const MOST = 8;

const laneOf = (watch: WatchState): Lane => (watch.delivered ? "delivered" : watch.state);

/** A level is a plateau, an edge is a step. */
function TriggerSign({ trigger }: { trigger: WatchState["trigger"] }) {
  return (
    <svg viewBox="0 0 18 14" aria-hidden="true">
      <path d={trigger === "level" ? "M1 12h3V3h10v9h3" : "M1 12h8V2M5 6l4-4 4 4"} />
    </svg>
  );
}

function Card({ watch }: { watch: WatchState }) {
  const text = words.value.epoll;
  const lane = laneOf(watch);
  const isChosen = chosen.value === watch.fd;
  const kinds = [
    text[watch.trigger],
    ...(["oneshot", "exclusive", "nested"] as const).filter((kind) => watch[kind]).map((kind) => text[kind]),
  ].join(", ");
  const name = nameOf(watch.fd);
  return (
    <button
      type="button"
      class={`watch ${lane}${isChosen ? " chosen" : ""}`}
      data-move={`${watch.ep}-${watch.fd}`}
      aria-pressed={isChosen}
      aria-label={text.watchLabel(name, kinds, bitNames(watch.interest), text.lanes[lane], text.why[watch.why])}
      onClick={() => choose(watch.fd)}
    >
      <TriggerSign trigger={watch.trigger} />
      <b>{name}</b> <span class="bits">{bitNames(watch.interest)}</span> <span>{kinds}</span>
    </button>
  );
}

function ReadyList({ instance }: { instance: InstanceState }) {
  const text = words.value.epoll;
  const { ready, readyCount, number } = instance;
  return (
    <ol class={readyCount === 0 ? "ready-list none" : "ready-list"} aria-label={`${text.ready}, ${text.name(number)}`}>
      <li class="label">{text.ready}</li>
      {readyCount === 0 && <li class="label">{text.empty}</li>}
      {ready.map((fd) => (
        <li key={fd} class="entry" data-move={`list-${instance.ep}-${fd}`}>
          <Descriptor fd={fd} />
        </li>
      ))}
      {readyCount > ready.length && <li class="label">+{readyCount - ready.length}</li>}
    </ol>
  );
}

const FLAGS = [
  ["IN", EPOLLIN],
  ["OUT", EPOLLOUT],
  ["RDHUP", EPOLLRDHUP],
  ["ET", EPOLLET],
  ["ONESHOT", EPOLLONESHOT],
  ["EXCLUSIVE", EPOLLEXCLUSIVE],
] as const;

function flagsOf(watch: WatchState | undefined): number {
  if (watch === undefined) return EPOLLIN;
  const flags =
    (watch.trigger === "edge" ? EPOLLET : 0) |
    (watch.oneshot ? EPOLLONESHOT : 0) |
    (watch.exclusive ? EPOLLEXCLUSIVE : 0);
  return watch.interest | flags;
}

/** epoll_ctl of the chosen descriptor, with its flags as switches. */
function Control({ instance, target }: { instance: InstanceState; target: number }) {
  const text = words.value.epoll;
  const watch = instance.watches.find(({ fd }) => fd === target);
  const [events, setEvents] = useState(flagsOf(watch));
  const { ep } = instance;
  const ctl = (op: "add" | "mod" | "del") => act({ call: "epoll_ctl", ep, op, fd: target, events: events >>> 0 });
  return (
    <div class="control">
      <fieldset class="switches">
        <legend>
          {text.watch(nameOf(target))} · {text.name(instance.number)}
        </legend>
        {FLAGS.map(([name, bit]) => (
          <button key={name} type="button" aria-pressed={(events & bit) !== 0} onClick={() => setEvents(events ^ bit)}>
            {name}
          </button>
        ))}
      </fieldset>
      <div class="switches">
        {watch === undefined ? (
          <button type="button" onClick={() => ctl("add")}>
            {text.add}
          </button>
        ) : (
          <>
            <button type="button" onClick={() => ctl("mod")}>
              {text.modify}
            </button>
            <button type="button" onClick={() => ctl("del")}>
              {text.remove}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function Lanes({ instance }: { instance: InstanceState }) {
  const text = words.value.epoll;
  const { watches, watchCount } = instance;
  return (
    <>
      {LANES.map((lane) => {
        const cards = watches.filter((watch) => laneOf(watch) === lane);
        const others = lane === "idle" ? watchCount - watches.length : 0;
        return (
          <div key={lane} class={cards.length > 0 ? "mode used" : "mode"}>
            <span>
              <i class={`sign ${SIGNS[lane]}`} />
              {text.lanes[lane]}
            </span>
            <div class="cards">
              {cards.map((watch) => (
                <Card key={watch.fd} watch={watch} />
              ))}
              {others > 0 && <span class="others">{text.others(others)}</span>}
            </div>
          </div>
        );
      })}
    </>
  );
}

/** What the last wait on this instance reported, if it was the last step, and the calls that sleep in it. */
function LastWait({ instance }: { instance: InstanceState }) {
  const text = words.value.epoll;
  const { delivered } = snapshot.value!;
  const mine = instance.watches.some((watch) => watch.delivered);
  const { sleepers } = instance;
  return (
    <p class="last-wait">
      {mine && (
        <span class="reported">
          <i class="sign delivered" /> {text.reported} <code>{eventNames(delivered)}</code>
        </span>
      )}
      {!mine && sleepers.length === 0 && "\u00a0"}
      {sleepers.length > 0 && (
        <span class="sleeping">
          <i class="sign asleep" /> {text.sleeping(sleepers.length)}
        </span>
      )}
    </p>
  );
}

function Why({ instance }: { instance: InstanceState }) {
  const text = words.value.epoll;
  const watch = instance.watches.find(({ fd }) => fd === chosen.value) ?? instance.watches.at(-1);
  if (watch === undefined) return null;
  return (
    <p class="because">
      <b>{nameOf(watch.fd)}</b> {text.why[watch.why]}
    </p>
  );
}

function Epoll({ instance }: { instance: InstanceState }) {
  const text = words.value.epoll;
  const { ep, number } = instance;
  const target = chosen.value !== undefined && chosen.value !== ep ? chosen.value : undefined;
  const wait = (timeout: number) => act({ call: "epoll_wait", ep, most: MOST, timeout });
  return (
    <section class="epoll" aria-label={text.name(number)}>
      <h3>
        <Descriptor fd={ep} />
        <small>{text.watches(instance.watchCount)}</small>
      </h3>
      <ReadyList instance={instance} />
      <Lanes instance={instance} />
      <Why instance={instance} />
      <LastWait instance={instance} />
      <div class="switches">
        <button type="button" class="wait" aria-label={`epoll_wait, ${text.name(number)}`} onClick={() => wait(-1)}>
          epoll_wait
        </button>
        <button type="button" aria-label={`${text.look}, ${text.name(number)}`} onClick={() => wait(0)}>
          {text.look}
        </button>
      </div>
      {target === undefined ? (
        <p class="empty choosing">{text.choose}</p>
      ) : (
        <Control key={`${target}-${instance.watches.some(({ fd }) => fd === target)}`} {...{ instance, target }} />
      )}
    </section>
  );
}

export function Instances() {
  const { instances, step } = snapshot.value!;
  const text = words.value.epoll;
  const container = useMoves(step);
  return (
    <div ref={container}>
      {instances.length === 0 && <p class="empty">{text.none}</p>}
      <div class={instances.length > 1 ? "epolls beside" : "epolls"}>
        {instances.map((instance) => (
          <Epoll key={instance.ep} instance={instance} />
        ))}
      </div>
      <div class="more">
        <button type="button" onClick={() => act({ call: "epoll_create" })}>
          {text.create}
        </button>
      </div>
    </div>
  );
}
