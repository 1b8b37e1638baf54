/**
 * Standard input as a descriptor: its bytes come by a stream, like a connection's, and its future has another type.
 * Only programs that open it import this.
 */
import { EIO, ENOMEM, EPIPE } from "../../abi/errno";
import { stdin_future_cancel_read, stdin_future_drop, stdin_future_read, stdin_read_via_stream } from "../wasi-0-3";
import { area } from "./results";
import { STDIN } from "../socket-kinds";
import { enterInput, leave, Socket, socketOf } from "./sockets";
import { beginInput, CANCEL, DROP, drop, READ, setInputEnding } from "./streams";

/** `wasi:cli/types.error-code.pipe`; the others are `io` and `illegal-byte-sequence`. */
const PIPE: u32 = 2;

/** Its number. After a close it can be opened again if the host allows it. */
export function openInput(): i32 {
  if (socketOf(STDIN) != null) return STDIN;
  setInputEnding(ending);
  stdin_read_via_stream(area);
  const socket = enterInput();
  socket.blocking = true;
  if (beginInput(socket)) return STDIN;
  drop(socket);
  leave(socket);
  return -ENOMEM;
}

/** The calls of its future, for `streams.ts`. */
function ending(call: u32, socket: Socket): i32 {
  if (call == READ) return stdin_future_read(socket.inputResult, socket.result);
  if (call == CANCEL) return stdin_future_cancel_read(socket.inputResult);
  if (call == DROP) {
    stdin_future_drop(socket.inputResult);
    return 0;
  }
  if (load<u8>(socket.result) == 0) return 0;
  return load<u8>(socket.result, 1) == PIPE ? -EPIPE : -EIO;
}
