/** wasi:sockets/udp-create-socket. */
import { type Caller, SUCCEEDED } from "../caller.ts";
import { RESULT_WORD } from "../layout.ts";
import { UDP_SOCKET } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { caseOf } from "../trap.ts";
import { ErrorCode } from "./error-code.ts";
import { UdpSocket } from "./udp-socket.ts";

export function udpCreateSocket(state: State, caller: Caller): Functions {
  return {
    "create-udp-socket"(family: number, result: number): undefined {
      caseOf(family, 2, "ip-address-family");
      const at = caller.place(result, RESULT_WORD);
      if (!state.open.add()) return caller.fail(at, RESULT_WORD, ErrorCode["new-socket-limit"]);
      const handle = caller.handles.insert(UDP_SOCKET, new UdpSocket(state, family));
      caller.memory.bytes[at] = SUCCEEDED;
      caller.memory.words[(at + RESULT_WORD.payload) >>> 2] = handle;
    },
  };
}
