/** The host's interface for the command's `--stats`: beside `index.ts`, so that a run without it loads no signatures. Not public. */

export { CallStatistics } from "./trace/statistics.ts";
