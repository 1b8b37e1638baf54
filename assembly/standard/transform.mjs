/**
 * A transform of asc: a program without `_start` gets one, which runs its top-level code. A program with its own
 * `_start` runs its top-level code first.
 */
const USER_ENTRY = 1; // SourceKind.UserEntry of AssemblyScript

export default class Start {
  afterInitialize(program) {
    const entries = [...program.filesByName.values()].filter(({ source }) => source.sourceKind === USER_ENTRY);
    if (!entries.some(({ exports }) => exports?.has("_start"))) program.options.exportStart = "_start";
  }
}
