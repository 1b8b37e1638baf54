/** The parts of the runtime's modules that worker.js uses. */
declare module "cloudflare:sockets" {
  export const connect: import("pollux/host/web").WorkersConnect;
}
declare module "cloudflare:workers" {
  export class DurableObject {}
}
