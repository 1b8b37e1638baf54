/** Outgoing TCP connections. */
import { ETIMEDOUT } from "../abi/errno";
import { connect, takeError } from "../net/connection";
import { defaultLoop, Loop } from "./loop";
import { Connector, Failure, StreamHandler, TcpStream } from "./tcp-stream";
import { Timer } from "./timers";

/**
 * Starts a connection to an address such as `127.0.0.1`. Calls `onConnect` when it is established, or `onError` if it
 * fails or cannot start. Bytes written earlier are queued. `pollux run --connect HOST:PORT` grants it.
 *
 * @param timeout - milliseconds until ETIMEDOUT; 0 for the system's
 */
export function connectTcp(
  host: string,
  port: i32,
  handler: StreamHandler = new StreamHandler(),
  timeout: f64 = 0,
  loop: Loop = defaultLoop(),
): TcpStream {
  const fd = connect(host, port);
  const stream = new TcpStream(loop, fd, handler);
  const deadline = timeout > 0 ? loop.callLater(timeout, new Failure(stream, ETIMEDOUT)) : null;
  const error = fd < 0 ? fd : stream.watch(new Attempt(fd, deadline));
  if (error < 0) loop.callSoon(new Failure(stream, -error));
  return stream;
}

class Attempt extends Connector {
  private fd: i32;
  private deadline: Timer | null;

  constructor(fd: i32, deadline: Timer | null) {
    super();
    this.fd = fd;
    this.deadline = deadline;
  }

  outcome(): i32 {
    const deadline = this.deadline;
    if (deadline != null) deadline.cancel();
    return takeError(this.fd);
  }
}
