/** A name of this machine, for which the system's resolver is asked: localhost needs no lookup. */
import { promises as dns } from "node:dns";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export interface LoopbackName {
  readonly name: string;
  /** One of its addresses, in 127.0.0.0/8. */
  readonly address: string;
}

/** Returns the first name that resolves to loopback: the machine's own, or one of /etc/hosts. */
export async function loopbackName(): Promise<LoopbackName> {
  const lines = readFileSync("/etc/hosts", "utf8").replaceAll(/#.*/g, "").split("\n");
  const names = [hostname(), ...lines.flatMap((line) => line.trim().split(/\s+/).slice(1))];
  for (const name of names.filter((each) => !/^(.*\.)?localhost$/.test(each))) {
    const found = await dns.lookup(name, { all: true, family: 4 }).catch(() => []);
    const local = found.find(({ address }) => address.startsWith("127."));
    if (local !== undefined) return { name, address: local.address };
  }
  throw new Error(
    "no name of this machine resolves to loopback: add one to /etc/hosts, for example '127.0.0.1 pollux-test'",
  );
}
