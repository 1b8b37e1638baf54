/**
 * A transform of asc: a program that exports no `_start` gets one, its top-level code. A program that exports its own runs its
 * top-level code before it.
 */
const USER_ENTRY = 1; // SourceKind.UserEntry of AssemblyScript

export default class Start {
  afterInitialize(program) {
    const entries = [...program.filesByName.values()].filter(({ source }) => source.sourceKind === USER_ENTRY);
    if (!entries.some(({ exports }) => exports?.has("_start"))) program.options.exportStart = "_start";
  }
}
