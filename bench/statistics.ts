/** The summary of several rounds: the median, and the spread. */

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * Ratios round by round: both figures of a pair were taken within seconds of each other, so that what slows the machine
 * down for a while slows both of them, and their ratio stays.
 */
export function pairedRatios(values: number[], baseline: number[]): Spread {
  return spread(values.map((value, round) => value / baseline[round]));
}

/** Differences round by round, as the ratios. */
export function pairedDifferences(values: number[], baseline: number[]): Spread {
  return spread(values.map((value, round) => value - baseline[round]));
}

export const percent = (share: number) => `${Math.round(share * 100)} %`;
