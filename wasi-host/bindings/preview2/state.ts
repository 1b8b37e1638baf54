/** The state shared by a guest's interfaces. */
import type { Driver } from "../../drivers/contract/driver.ts";
import type { Grants } from "../../kernel/grants.ts";
import type { Resolver } from "../../kernel/name-lookup.ts";
import type { Way } from "../../waiting/way.ts";
import type { Files } from "./filesystem/files.ts";
import type { MetadataHash } from "./filesystem/metadata-hash.ts";
import type { OpenCount } from "./open-count.ts";
import type { Poller } from "./polling/poller.ts";
import type { OpenListeners } from "./sockets/open-listeners.ts";
import type { HeldBytes } from "./streams/held-bytes.ts";
import type { InputStream } from "./streams/input-stream.ts";
import type { OutputStream } from "./streams/output-stream.ts";

export interface State {
  readonly driver: Driver;
  /** How calls wait. */
  readonly way: Way;
  readonly poller: Poller;
  readonly held: HeldBytes;
  /** The open sockets and files. */
  readonly open: OpenCount;
  /** Files and directories; none without grants. A function and no getter, which would make each property of the object slow. */
  readonly files: () => Files;
  readonly metadataHash: MetadataHash;
  /** The granted addresses for connect and bind. */
  readonly grants: { readonly connect: Grants; readonly bind: Grants };
  /** Listeners for the binds to their addresses. */
  readonly listeners: OpenListeners;
  /** Looks up names; undefined without a resolver. */
  readonly resolver: Resolver | undefined;
  readonly args: readonly string[];
  /** `KEY=VALUE` strings. */
  readonly env: readonly string[];
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether stdin, stdout or stderr is a terminal, asked by its number: Node loads `node:tty` for the answer. */
  isTerminal(stdio: 0 | 1 | 2): boolean;
}

/** An interface's functions by their names in the WIT, over core values. */
// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; each function says its own.
export type Functions = Readonly<Record<string, (...values: any[]) => unknown>>;
