/**
 * The contract of selectors in AssemblyScript: Python's, case by case, for the class chosen by the host. The host runs
 * it over both sources of wakeups, and compiled for each runtime.
 */
import "./selectors-conditions";
import "./selectors-dispatch";
import "./selectors-registration";
import "./selectors-waits";

export { attempted, caseCount, caseName, runCase } from "./cases";
export { choose } from "./selectors-subject";
