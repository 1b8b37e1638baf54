/** Rust that connects out by name: the crate wasmedge_wasi_socket, and WasmEdge's port of tokio, which uses it. */
import { outboundTests } from "../guests/outbound.ts";
import { realProgram } from "./real-program.ts";

/** The crate connects over IPv4 only, and looks up the service http. */
const crate = { ipv6: false, lookupPort: 80 };

realProgram("rust/connect", [], (start) =>
  outboundTests(start, {
    ...crate,
    refused: /^\S+: Permission denied \(os error 2\)\n$/,
    // wasi-libc has no text for WasmEdge's EAI_NONAME and EAI_AGAIN.
    unknownName: /^no-such-name\.invalid: .* \(os error (84|78)\)\n$/,
  }),
);

realProgram("rust/connect-tokio", [], (start) =>
  outboundTests(start, {
    ...crate,
    // tokio does not pass on why a lookup failed.
    refused: /^\S+: (could not resolve to any address|Permission denied \(os error 2\))\n$/,
    unknownName: /^no-such-name\.invalid: could not resolve to any address\n$/,
  }),
);
