/** One client of a server: what comes from it is queued, and goes back when it can be sent. */
import { close, recv, send } from "../net/stream";
import { EAGAIN } from "../sys/errno";
import { Pending, PENDING_LIMIT } from "./pending";
import { sayReceived, sayWent } from "./report";

/** Read at once. The seed's servers read 1,024 bytes: large messages are many calls then. */
const RECEIVE: i32 = 16_384;

const buffer = memory.data(RECEIVE, 16);

@unmanaged
export class Conversation {
  fd: i32;
  /** The client will send no more; what waits is still sent. */
  private ended: bool;
  private pending: usize;

  static begin(fd: i32): Conversation {
    const conversation = changetype<Conversation>(heap.alloc(offsetof<Conversation>()));
    conversation.fd = fd;
    conversation.ended = false;
    conversation.pending = heap.alloc(offsetof<Pending>());
    memory.fill(conversation.pending, 0, offsetof<Pending>());
    return conversation;
  }

  /** Is it to be read? Not while too much waits: who does not read is not read from either. */
  get listens(): bool {
    return !this.ended && changetype<Pending>(this.pending).waiting < PENDING_LIMIT;
  }

  /** Does something wait to be sent? */
  get answers(): bool {
    return changetype<Pending>(this.pending).waiting > 0;
  }

  get over(): bool {
    return this.ended && !this.answers;
  }

  /**
   * Queues all that is there, in pieces: answers that go out one by one, each smaller than a packet, would wait for
   * acknowledgements. `change` may work on each piece. False when the connection is broken.
   */
  receive(change: (bytes: usize, count: i32) => void): bool {
    while (this.listens) {
      const received = recv(this.fd, buffer, RECEIVE);
      if (received < 0) return received == -EAGAIN;
      if (received == 0) {
        this.ended = true;
        return true;
      }
      sayReceived(this.fd, buffer, received);
      change(buffer, received);
      changetype<Pending>(this.pending).push(buffer, received);
      if (received < RECEIVE) return true;
    }
    return true;
  }

  /** Sends as much of the queue as goes out now. False when the connection is broken. */
  reply(): bool {
    const pending = changetype<Pending>(this.pending);
    if (pending.waiting == 0) return true;
    const sent = send(this.fd, pending.head, pending.waiting);
    if (sent < 0) return sent == -EAGAIN;
    pending.shift(sent);
    return true;
  }

  /** Closes the connection, and forgets what was to be sent. The object is gone. */
  end(): void {
    close(this.fd);
    sayWent(this.fd);
    changetype<Pending>(this.pending).drop();
    heap.free(this.pending);
    heap.free(changetype<usize>(this));
  }
}

/** What goes back is what came. */
export function unchanged(_bytes: usize, _count: i32): void {}
