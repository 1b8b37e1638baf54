/** The crate wasmedge_wasi_socket, connecting out by name. */
import { outboundTests } from "../guests/outbound.ts";
import { realProgram } from "./real-program.ts";

realProgram("rust/connect", [], (start) =>
  outboundTests(start, {
    refused: /^\S+: Permission denied \(os error 2\)\n$/,
    // wasi-libc has no text for WasmEdge's EAI_NONAME and EAI_AGAIN.
    unknownName: /^no-such-name\.invalid: .* \(os error (84|78)\)\n$/,
    // The crate connects over IPv4 only, and looks up the service http.
    ipv6: false,
    lookupPort: 80,
  }),
);
