/** poll and select in AssemblyScript, case by case. The host runs it over both sources of wakeups. */
import "./conditions";
import "./poll-cases";
import "./select-cases";

export { caseCount, caseName, runCase } from "./cases";
export { choose } from "./selectors-subject";
