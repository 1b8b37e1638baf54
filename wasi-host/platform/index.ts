/** What a host has of the runtime that it is in: Node's, but for the build for browsers and Workers, which takes `web.ts`. */
export * from "./node.ts";
