/** TCP listeners on a loop. */
import { EPOLLIN } from "../abi/events";
import { EAGAIN } from "../abi/errno";
import { localAddress } from "../net/connection";
import { accept, inherited } from "../net/listener";
import { defaultLoop, Loop } from "./loop";
import { StreamHandler, TcpStream } from "./tcp-stream";
import { Callback } from "./timers";
import { Watched } from "./watched";

/** Connections accepted in one turn. */
const MOST_ACCEPTS: i32 = 256;
/** Milliseconds until a listener without free descriptors tries again. */
const RETRY: f64 = 50;

/** What a listener calls. */
export abstract class ListenerHandler {
  /** A connection. The returned handler gets the stream's events. */
  abstract onConnection(stream: TcpStream): StreamHandler;
}

/** A listener. */
export class TcpListener extends Watched {
  private loop: Loop;
  private handler: ListenerHandler;
  /** Of a stream between its accept and `onConnection`. */
  private unset: StreamHandler = new StreamHandler();

  private constructor(loop: Loop, fd: i32, handler: ListenerHandler) {
    super();
    this.loop = loop;
    this.fd = fd;
    this.handler = handler;
  }

  /**
   * Accepts connections of the `index`-th listener that the host has granted (`--listen`). Aborts if there is none.
   */
  static inherit(handler: ListenerHandler, index: i32 = 0, loop: Loop = defaultLoop()): TcpListener {
    const fd = inherited(index);
    assert(fd >= 0, "no listener was granted: pollux run --listen HOST:PORT");
    const listener = new TcpListener(loop, fd, handler);
    assert(loop.watch(listener, EPOLLIN) == 0, "the listener cannot be watched");
    return listener;
  }

  /** `127.0.0.1:40000`; empty after `close`. On preview1 it takes a host with WasmEdge's calls. */
  get address(): string {
    return localAddress(this.fd);
  }

  /** Accepts no more. Connections stay open. */
  close(): void {
    if (this.fd >= 0) this.loop.close(this);
  }

  onEvents(_events: u32): void {
    this.proceed();
  }

  /** Without free descriptors it tries again until one is free. */
  proceed(): void {
    for (let count = 0; count < MOST_ACCEPTS && this.fd >= 0; count++) {
      const fd = accept(this.fd);
      if (fd == -EAGAIN) return;
      if (fd < 0) {
        this.loop.callLater(RETRY, new Retry(this));
        return;
      }
      const stream = new TcpStream(this.loop, fd, this.unset);
      if (stream.watch(null) == 0) stream.handler = this.handler.onConnection(stream);
      else stream.abort();
    }
    if (this.fd >= 0) this.loop.proceedLater(this);
  }
}

class Retry extends Callback {
  private listener: TcpListener;

  constructor(listener: TcpListener) {
    super();
    this.listener = listener;
  }

  call(): void {
    if (this.listener.fd >= 0) this.listener.proceed();
  }
}
