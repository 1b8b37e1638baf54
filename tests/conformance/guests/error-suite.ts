/** The errors of AssemblyScript's selectors: the host compares them with Python's. */
export { caseCount, caseName, runCase } from "./error-cases";
export { choose } from "./selectors-subject";
