/** Wrong results by call and case. */
export type Failures = Readonly<Record<string, Readonly<Record<string, string>>>>;
