/** What a driver's contract leaves out, and why: docs/host.md says it, and a run's summary. */

export type Feature = "datagrams" | "resets" | "Unix sockets by path";

/** By drivers. What happens in their place there, driver-web.test.ts shows. */
export const LEFT_OUT: Readonly<Record<string, Partial<Record<Feature, string>>>> = {
  web: {
    datagrams: "Workers have TCP alone",
    resets: "streams have none: the peer reads an end",
    "Unix sockets by path": "Workers have no files",
  },
};

export const has = (driver: string, feature: Feature): boolean => LEFT_OUT[driver]?.[feature] === undefined;
