/** Runtimes and programs of the test matrix. */

/** A row of the tables. */
export interface Listed {
  /** Its name, with the number of the version that matters. */
  readonly name: string;
  readonly version: string;
  /** The version is the installed one: the tests accept any. */
  readonly unpinned?: boolean;
  /** Source of wakeups: our host's ready file, or levels. */
  readonly source: "edges" | "waitables" | "levels";
  /** The reason why it cannot run here; undefined if it can. */
  readonly missing: string | undefined;
  /** For docs/runtimes.md: the command to type, and the runtime's limits. */
  readonly typed: string;
  readonly limits: string;
}

/** Runs a program in its own process, with listening sockets of the system. */
export interface Runtime extends Listed {
  /** What runs there: a WASI preview1 module over our host or the runtime's own, or a component of WASI 0.2 or 0.3. */
  readonly runs: "module, our host" | "module" | "component";
  /** Closed connections are ended at once, but their descriptors stay until garbage is collected. */
  readonly collectsDescriptors?: boolean;
  /** Its sockets accept connections from bind on, and close those that come before the program listens. */
  readonly acceptsFromBind?: boolean;
  /** Runs a script over a driver, to compare it with the kernel's epoll. */
  readonly script?: { readonly command: readonly string[]; readonly driver: "posix" | "net" | "simulated" };
  /** The command that runs a program with these arguments on a port; 0: the system chooses. */
  command(program: string, args: readonly string[], port: number): string[];
}

/** A bundled program with its arguments. */
export interface Program {
  readonly name: string;
  readonly module: string;
  readonly args: readonly string[];
}
