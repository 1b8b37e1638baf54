/** The parts of the contract that a driver leaves out, with reasons, as in docs/host.md and the summary of a run. */

export type Feature = "datagrams" | "resets" | "Unix sockets by path" | "own addresses" | "source addresses" | "zones";

/** By drivers. driver-web.test.ts shows what happens instead. */
export const LEFT_OUT: Readonly<Record<string, Partial<Record<Feature, string>>>> = {
  simulated: {
    "own addresses": "every address is this machine's",
  },
  web: {
    datagrams: "Workers have TCP alone",
    "own addresses": "the Worker's configuration says where connections come from",
    "source addresses": "the runtime chooses them",
    zones: "Workers have no interfaces",
    resets: "streams have none: the peer reads an end",
    "Unix sockets by path": "Workers have no files",
  },
};

export const has = (driver: string, feature: Feature): boolean => LEFT_OUT[driver]?.[feature] === undefined;
