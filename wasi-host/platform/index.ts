/** The parts of the host that depend on the runtime: Node's; the build for browsers and Workers takes `web.ts` instead. */
export * from "./node.ts";
