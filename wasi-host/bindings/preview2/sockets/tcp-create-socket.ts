/** wasi:sockets/tcp-create-socket. */
import { type Caller, SUCCEEDED } from "../caller.ts";
import { RESULT_WORD } from "../layout.ts";
import { TCP_SOCKET } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { caseOf } from "../trap.ts";
import { ErrorCode } from "./error-code.ts";
import { TcpSocket } from "./tcp-socket.ts";

export function tcpCreateSocket(state: State, caller: Caller): Functions {
  return {
    "create-tcp-socket"(family: number, result: number): undefined {
      caseOf(family, 2, "ip-address-family");
      const at = caller.place(result, RESULT_WORD);
      if (!state.open.add()) return caller.fail(at, RESULT_WORD, ErrorCode["new-socket-limit"]);
      const handle = caller.handles.insert(TCP_SOCKET, new TcpSocket(state, family));
      caller.memory.bytes[at] = SUCCEEDED;
      caller.memory.words[(at + RESULT_WORD.payload) >>> 2] = handle;
    },
  };
}
