/** A selector over poll: any number of descriptors. Each wait looks at all of them. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../../abi/epoll";
import { poll } from "../poll";
import { follow } from "../../sources/source";
import { ReadyKeys, SelectorKey } from "./key";
import { bitsOf, eventsOf, Selector } from "./selector";

const FIRST_ROOM: i32 = 64;

/** A selector over poll. */
export class PollSelector<T> extends Selector<T> {
  /** One `struct pollfd` for each key, in the order of the keys. */
  private fds: usize = heap.alloc(FIRST_ROOM * POLLFD_SIZE);
  private room: i32 = FIRST_ROOM;

  private entry(index: i32): usize {
    return this.fds + <usize>index * POLLFD_SIZE;
  }

  protected watch(key: SelectorKey<T>): i32 {
    if (key.index == this.room) {
      this.room <<= 1;
      this.fds = heap.realloc(this.fds, <usize>this.room * POLLFD_SIZE);
    }
    const error = follow(key.fd);
    return error < 0 ? error : this.rewatch(key, key.events);
  }

  /** An entry for 0 events has a negative fd, because poll would report errors and hangups. */
  protected rewatch(key: SelectorKey<T>, events: i32): i32 {
    store<i32>(this.entry(key.index), events == 0 ? -1 : key.fd, POLLFD_FD);
    store<u32>(this.entry(key.index), bitsOf(events), POLLFD_EVENTS); // and no revents
    return 0;
  }

  protected unwatch(key: SelectorKey<T>, last: i32): void {
    memory.copy(this.entry(key.index), this.entry(last), POLLFD_SIZE);
  }

  protected wait(ready: ReadyKeys<T>, most: i32): i32 {
    const count = poll(this.fds, this.keys.length, most);
    for (let index = 0; ready.length < count; index++) {
      const revents: u32 = load<u16>(this.entry(index), POLLFD_REVENTS);
      if (revents != 0) ready.add(this.keys[index], eventsOf(revents));
    }
    return count;
  }

  protected release(): void {
    heap.free(this.fds);
  }
}
