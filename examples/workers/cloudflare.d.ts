/** What worker.js uses of the runtime's own modules. */
declare module "cloudflare:sockets" {
  export const connect: import("pollux/host/web").WorkersConnect;
}
declare module "cloudflare:workers" {
  export class DurableObject {}
}
