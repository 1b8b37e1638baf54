/** What the matrix knows of a runtime, and of a program. */

/** A row of the tables. */
export interface Listed {
  /** Its name, with the number of the version that matters. */
  readonly name: string;
  readonly version: string;
  /** Whoever has installed it says which version that is: the tests take it as it comes. */
  readonly unpinned?: boolean;
  /** Where wakeups come from: our host's ready file, or the levels that any host has. */
  readonly source: "edges" | "levels";
  /** Why it cannot be run here; undefined where it can. */
  readonly missing: string | undefined;
  /** For who reads docs/runtimes.md: the command to type, and what this runtime does not do. */
  readonly typed: string;
  readonly limits: string;
}

/** One that runs a program in a process of its own, with listening sockets of the system's. */
export interface Runtime extends Listed {
  /** What runs there: a WASI preview1 module over our host or the runtime's own, or a WASI 0.2 component. */
  readonly runs: "module, our host" | "module" | "component";
  /** Closed connections are ended at once, but their descriptors stay until garbage is collected. */
  readonly collectsDescriptors?: boolean;
  /** How it runs a script, and over which driver: with that it can be compared with the kernel's epoll. */
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
