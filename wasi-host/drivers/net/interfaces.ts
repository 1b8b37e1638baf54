/** The machine's interfaces in Node's list: those that are up and have an address. */
import os from "node:os";
import type { Interfaces } from "../../addresses/zones.ts";

/** node:net accepts a zone of these characters only. */
const ZONE = /^[\da-z.:-]+$/i;
/** There, addresses contain the number, elsewhere the name. */
const BY_NUMBER = process.platform === "win32";

/** Interfaces by name; the number is 0 if no link-local address gives it. */
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
