/** The machine's interfaces, as Node lists them: those that are up and have an address. */
import os from "node:os";
import type { Interfaces } from "../../addresses/zones.ts";

/** node:net takes an address for one only where its zone consists of these. */
const ZONE = /^[\da-z.:-]+$/i;
/** There addresses have the number in them, elsewhere the name. */
const BY_NUMBER = process.platform === "win32";

/** By name; the number is 0 where no link-local address says it. */
function list(): [name: string, number: number][] {
  return Object.entries(os.networkInterfaces()).map(([name, addresses = []]) => [
    name,
    Math.max(0, ...addresses.map((address) => (address.family === "IPv6" ? address.scopeid : 0))),
  ]);
}

export const interfaces: Interfaces = {
  named(zone) {
    const all = list();
    const found =
      all.find(([name]) => name === zone) ?? all.find(([, number]) => number > 0 && String(number) === zone);
    const text = found === undefined || !BY_NUMBER ? found?.[0] : String(found[1]);
    return text !== undefined && ZONE.test(text) ? text : undefined;
  },

  names() {
    return list().map(([name]) => name);
  },
};
