/**
 * A transform of asc for programs.
 *
 * - A program without `_start` gets one, which runs its top-level code. A program with its own `_start` runs its
 *   top-level code first.
 * - A module exports the engine's calls that it contains, and the table of its epoll instances (`abi/engine.ts`):
 *   `pollux run --explain` finds them by these names. A component has the exports of its world only.
 */
const USER_ENTRY = 1; // SourceKind.UserEntry of AssemblyScript

/** By file and name: the exports. core.wasm has the same names. */
const CALLS = {
  "readiness/epoll/create": "pollux_epoll_create",
  "readiness/epoll/ctl": "pollux_epoll_ctl",
  "readiness/epoll/wait": "pollux_epoll_wait",
  "readiness/epoll/close": "pollux_epoll_close",
  "readiness/poll/poll": "pollux_poll",
  "readiness/select/select": "pollux_select",
};
const INSTANCES = "engine/instances/table";

/** The constants that make a program a component. */
const COMPONENTS = ["POLLUX_WASIP2", "POLLUX_WASIP3"];

/** A program's own path of the engine, or that of a package: `~lib/pollux/assembly`. */
const ENGINE = /^(.*\/)?assembly(?=\/engine\/instances$)/;

export class EngineExports {
  afterCompile(module) {
    const { globalAliases } = this.program.options;
    if (COMPONENTS.some((name) => globalAliases?.has(name))) return;
    for (const path of this.program.filesByName.keys()) {
      const [folder] = ENGINE.exec(path) ?? [];
      if (folder === undefined || module.getGlobal(`${folder}/${INSTANCES}`) === 0) continue;
      module.addGlobalExport(`${folder}/${INSTANCES}`, "pollux_instances");
      for (const [name, exported] of Object.entries(CALLS)) {
        if (module.getFunction(`${folder}/${name}`) !== 0) module.addFunctionExport(`${folder}/${name}`, exported);
      }
    }
  }
}

export default class Program extends EngineExports {
  afterInitialize(program) {
    const entries = [...program.filesByName.values()].filter(({ source }) => source.sourceKind === USER_ENTRY);
    if (!entries.some(({ exports }) => exports?.has("_start"))) program.options.exportStart = "_start";
  }
}
