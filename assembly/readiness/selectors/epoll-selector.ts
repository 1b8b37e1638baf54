/** A selector over epoll, level-triggered: the cost of a wait depends on ready objects, not on registered ones. */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_SIZE } from "../../abi/epoll";
import { close, create, ctl, wait } from "../epoll";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../../abi/events";
import { FileObject, ReadyKeys, SelectorKey } from "./key";
import { bitsOf, eventsOf, Selector } from "./selector";

const FIRST_ROOM: i32 = 64;

/** A selector over epoll, level-triggered; it has a descriptor itself. */
export class EpollSelector<T> extends Selector<T> implements FileObject {
  private epoll: i32 = create();
  private events: usize = heap.alloc(FIRST_ROOM * EPOLL_EVENT_SIZE);
  /** The capacity of the array of events. */
  private room: i32 = FIRST_ROOM;

  /** The instance's descriptor. Other selectors, poll and select can watch it. */
  fileno(): i32 {
    return this.epoll;
  }

  protected watch(key: SelectorKey<T>): i32 {
    return this.begin(key, key.events);
  }

  /**
   * An object registered for 0 events must be watchable, but is not watched, because epoll would report errors and
   * hangups.
   */
  private begin(key: SelectorKey<T>, events: i32): i32 {
    const error = this.ctl(EPOLL_CTL_ADD, key, events);
    return error == 0 && events == 0 ? this.ctl(EPOLL_CTL_DEL, key, 0) : error;
  }

  protected rewatch(key: SelectorKey<T>, events: i32): i32 {
    if (key.events == 0) return this.begin(key, events);
    return this.ctl(events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, key, events);
  }

  /** A closed descriptor has no watch any more: ENOENT and EBADF are no errors. */
  protected unwatch(key: SelectorKey<T>, _last: i32): void {
    if (key.events != 0) this.ctl(EPOLL_CTL_DEL, key, 0);
  }

  private ctl(op: i32, key: SelectorKey<T>, events: i32): i32 {
    return ctl(this.epoll, op, key.fd, bitsOf(events), <u64>changetype<usize>(key));
  }

  protected wait(ready: ReadyKeys<T>, most: i32): i32 {
    if (this.keys.length > this.room) this.grow();
    const count = wait(this.epoll, this.events, this.room, most);
    let event = this.events;
    for (let index = 0; index < count; index++, event += EPOLL_EVENT_SIZE) {
      const key = changetype<SelectorKey<T>>(<usize>load<u64>(event, EPOLL_EVENT_DATA));
      ready.add(key, eventsOf(load<u32>(event, EPOLL_EVENT_EVENTS)));
    }
    return count;
  }

  private grow(): void {
    heap.free(this.events);
    while (this.room < this.keys.length) this.room <<= 1;
    this.events = heap.alloc(<usize>this.room * EPOLL_EVENT_SIZE);
  }

  protected release(): void {
    close(this.epoll);
    heap.free(this.events);
    this.epoll = -1;
  }
}
