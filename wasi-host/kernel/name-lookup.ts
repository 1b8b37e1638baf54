/** Lookups of granted names. A lookup grants the addresses that it finds, with the ports of the name's grants. */
import type { Resolution } from "../runtime/name-lookup.ts";
import type { Grants } from "./grants.ts";

/** Looks up a name: at once, or later where the thread must not sleep. */
export type Resolver = (name: string) => Resolution | Promise<Resolution>;

/** Asks for a name that `grants` allows. Returns at least one address, or the resolver's `code`. */
export function lookUp(grants: Grants, resolver: Resolver, name: string): Resolution | Promise<Resolution> {
  const settle = (found: Resolution): Resolution => {
    if ("code" in found) return found;
    const addresses = found.filter((address) => !isMapped(address));
    grants.resolved(name, addresses);
    return addresses.length === 0 ? { code: "ENODATA" } : addresses;
  };
  const found = resolver(name);
  if (!(found instanceof Promise)) return settle(found);
  return found.then(settle, () => ({ code: "EAI_FAIL" }));
}

/** ::ffff:127.0.0.1, which stands for an IPv4 address that the resolver reports too. */
function isMapped(address: string): boolean {
  return address.toLowerCase().startsWith("::ffff:");
}
