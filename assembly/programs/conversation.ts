/** One client of a server: received bytes are queued, and sent back when the connection is writable. */
import { close, recv, send } from "../net/stream";
import { EAGAIN } from "../abi/errno";
import { Pending, PENDING_LIMIT } from "./pending";
import { sayReceived, sayWent } from "./report";

/** Bytes of one read. The original servers read 1,024 bytes, which takes many calls for large messages. */
const MAX_RECEIVE: i32 = 16_384;

const buffer = memory.data(MAX_RECEIVE, 16);

@unmanaged
export class Conversation {
  fd: i32;
  /** The client has ended its stream. The queue is still sent. */
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

  /** Whether to read: not while the client does not read and its queue is full. */
  get listens(): bool {
    return !this.ended && changetype<Pending>(this.pending).waiting < PENDING_LIMIT;
  }

  /** Whether bytes wait to be sent. */
  get answers(): bool {
    return changetype<Pending>(this.pending).waiting > 0;
  }

  get over(): bool {
    return this.ended && !this.answers;
  }

  /**
   * Reads everything into the queue, in pieces that `change` may edit. Many answers smaller than a packet would wait for
   * acknowledgements. False if the connection is broken.
   */
  receive(change: (bytes: usize, count: i32) => void): bool {
    while (this.listens) {
      const received = recv(this.fd, buffer, MAX_RECEIVE);
      if (received < 0) return received == -EAGAIN;
      if (received == 0) {
        this.ended = true;
        return true;
      }
      sayReceived(this.fd, buffer, received);
      change(buffer, received);
      changetype<Pending>(this.pending).push(buffer, received);
      if (received < MAX_RECEIVE) return true;
    }
    return true;
  }

  /** Sends as much of the queue as the connection takes. False if it is broken. */
  reply(): bool {
    const pending = changetype<Pending>(this.pending);
    if (pending.waiting == 0) return true;
    const sent = send(this.fd, pending.head, pending.waiting);
    if (sent < 0) return sent == -EAGAIN;
    pending.shift(sent);
    return true;
  }

  /** Closes the connection, drops the queue, and frees the object. */
  end(): void {
    close(this.fd);
    sayWent(this.fd);
    changetype<Pending>(this.pending).drop();
    heap.free(this.pending);
    heap.free(changetype<usize>(this));
  }
}

/** Echoes without a change. */
export function unchanged(_bytes: usize, _count: i32): void {}
