/**
 * The WASI host without Node: for browsers and Workers. It has no directories and no descriptors of a process; stdout and
 * stderr go to the console unless they are given.
 *
 * @module pollux/host/web
 */
export { SimulatedDriver, type SimulatedDriverOptions } from "./drivers/simulated/index.ts";
export { WebDriver, type WebDriverOptions } from "./drivers/web/index.ts";
export type { WorkersConnect, WorkersSocket } from "./drivers/web/workers-socket.ts";
export * from "./index.ts";
