/**
 * WASI 0.2 for a component: flat functions over core values (component-model, CanonicalABI.md), over the same kernel as
 * preview1's calls. One file for each interface, its functions in the order of the WIT.
 */
import { Filetype } from "../../abi/file-attributes.ts";
import type { FuncType } from "../../components/function-types.ts";
import type { HandleTable, ResourceType } from "../../components/handles.ts";
import type { ComponentHost, FlatFunction, Lowering, Mismatch } from "../../components/host.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import type { Base } from "../../files/contract/base.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import { MAX_DESCRIPTORS } from "../../kernel/limits.ts";
import type { Resolver } from "../../kernel/name-lookup.ts";
import type { OpenListener } from "../../kernel/open-listener.ts";
import type { Wait } from "../../waiting/wait.ts";
import type { Way } from "../../waiting/way.ts";
import { Caller } from "./caller.ts";
import { environment } from "./cli/environment.ts";
import { exit } from "./cli/exit.ts";
import { stderr } from "./cli/stderr.ts";
import { stdin } from "./cli/stdin.ts";
import { StandardInput, StandardOutput } from "./cli/stdio.ts";
import { stdout } from "./cli/stdout.ts";
import { terminalStderr } from "./cli/terminal-stderr.ts";
import { terminalStdin } from "./cli/terminal-stdin.ts";
import { terminalStdout } from "./cli/terminal-stdout.ts";
import { monotonicClock } from "./clocks/monotonic-clock.ts";
import { wallClock } from "./clocks/wall-clock.ts";
import { Files } from "./filesystem/files.ts";
import { MetadataHash } from "./filesystem/metadata-hash.ts";
import { preopens } from "./filesystem/preopens.ts";
import { types } from "./filesystem/types.ts";
import { mismatch } from "./import-types.ts";
import { error } from "./io/error.ts";
import { poll } from "./io/poll.ts";
import { streams } from "./io/streams.ts";
import { OpenCount } from "./open-count.ts";
import { Poller } from "./polling/poller.ts";
import { insecure } from "./random/insecure.ts";
import { insecureSeed } from "./random/insecure-seed.ts";
import { random } from "./random/random.ts";
import * as resources from "./resources.ts";
import { instanceNetwork } from "./sockets/instance-network.ts";
import { ipNameLookup } from "./sockets/ip-name-lookup.ts";
import { network } from "./sockets/network.ts";
import { OpenListeners } from "./sockets/open-listeners.ts";
import { tcp } from "./sockets/tcp.ts";
import { tcpCreateSocket } from "./sockets/tcp-create-socket.ts";
import { udp } from "./sockets/udp.ts";
import { udpCreateSocket } from "./sockets/udp-create-socket.ts";
import type { Functions, State } from "./state.ts";
import { HeldBytes } from "./streams/held-bytes.ts";

const INTERFACES: Readonly<Record<string, (state: State, caller: Caller) => Functions>> = {
  "wasi:io/error": (_, caller) => error(caller),
  "wasi:io/poll": poll,
  "wasi:io/streams": streams,
  "wasi:clocks/monotonic-clock": monotonicClock,
  "wasi:clocks/wall-clock": wallClock,
  "wasi:random/random": random,
  "wasi:random/insecure": insecure,
  "wasi:random/insecure-seed": insecureSeed,
  "wasi:cli/environment": environment,
  "wasi:cli/exit": exit,
  "wasi:cli/stdin": stdin,
  "wasi:cli/stdout": stdout,
  "wasi:cli/stderr": stderr,
  "wasi:cli/terminal-stdin": terminalStdin,
  "wasi:cli/terminal-stdout": terminalStdout,
  "wasi:cli/terminal-stderr": terminalStderr,
  "wasi:sockets/network": (_, caller) => network(caller),
  "wasi:sockets/instance-network": (_, caller) => instanceNetwork(caller),
  "wasi:sockets/tcp": tcp,
  "wasi:sockets/tcp-create-socket": tcpCreateSocket,
  "wasi:sockets/udp": udp,
  "wasi:sockets/udp-create-socket": udpCreateSocket,
  "wasi:sockets/ip-name-lookup": ipNameLookup,
  "wasi:filesystem/types": types,
  "wasi:filesystem/preopens": preopens,
};

/** Resources by interface and name. */
const RESOURCES: Readonly<Record<string, ResourceType<unknown>>> = {
  "wasi:io/error/error": resources.ERROR,
  "wasi:io/poll/pollable": resources.POLLABLE,
  "wasi:io/streams/input-stream": resources.INPUT_STREAM,
  "wasi:io/streams/output-stream": resources.OUTPUT_STREAM,
  "wasi:cli/terminal-input/terminal-input": resources.TERMINAL_INPUT,
  "wasi:cli/terminal-output/terminal-output": resources.TERMINAL_OUTPUT,
  "wasi:sockets/network/network": resources.NETWORK,
  "wasi:sockets/tcp/tcp-socket": resources.TCP_SOCKET,
  "wasi:sockets/udp/udp-socket": resources.UDP_SOCKET,
  "wasi:sockets/udp/incoming-datagram-stream": resources.INCOMING_DATAGRAM_STREAM,
  "wasi:sockets/udp/outgoing-datagram-stream": resources.OUTGOING_DATAGRAM_STREAM,
  "wasi:sockets/ip-name-lookup/resolve-address-stream": resources.RESOLVE_ADDRESS_STREAM,
  "wasi:filesystem/types/descriptor": resources.DESCRIPTOR,
  "wasi:filesystem/types/directory-entry-stream": resources.DIRECTORY_ENTRY_STREAM,
};

/** Functions that may have to wait. */
const WAITS: ReadonlySet<string> = new Set([
  "wasi:io/poll#[method]pollable.block",
  "wasi:io/poll#poll",
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
  "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-splice",
]);

/** Interfaces whose calls have no outside effect, or that keep the order of postponed writes themselves. */
const UNSEEN: ReadonlySet<string> = new Set([
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:clocks/monotonic-clock",
  "wasi:clocks/wall-clock",
  "wasi:random/random",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
]);

/** The same function; it first sends the postponed writes. */
function inOrder(call: Functions[string], { writeBehind }: Poller): FlatFunction {
  const ordered = (...values: unknown[]) => {
    writeBehind.send();
    return call(...values);
  };
  return Object.defineProperty(ordered as FlatFunction, "length", { value: call.length });
}

/** The supported versions: all of 0.2, by semver. */
const VERSION = /^0\.2\.\d+$/;

/** The environment of a component. */
export interface Preview2Options {
  readonly driver: Driver;
  readonly way: Way;
  readonly args: readonly string[];
  /** `KEY=VALUE` strings. */
  readonly env: readonly string[];
  /** The descriptors of stdin, stdout and stderr. */
  readonly stdios: readonly Descriptor[];
  /** The granted addresses for connect and bind. */
  readonly grants: State["grants"];
  /** Listeners that were opened for it. */
  readonly listeners?: readonly OpenListener[];
  /** Looks up names; undefined without a resolver. */
  readonly resolver?: Resolver;
  /** Its files and directories; undefined if none is granted. The host disposes of it. */
  readonly base?: Base;
  /** The most open sockets and files. */
  readonly descriptors?: number;
  /** The most bytes held for slow sockets. */
  readonly bufferedBytes?: number;
}

/** WASI 0.2 for one guest. */
export class Preview2 implements ComponentHost {
  readonly #state: State;
  readonly #base: Base | undefined;
  /**
   * The functions by the options of their lowering: a component lowers each separately, mostly with the same options.
   */
  readonly #callers: {
    readonly options: Lowering;
    readonly caller: Caller;
    readonly functions: Map<string, Functions>;
  }[] = [];

  constructor(options: Preview2Options) {
    const {
      driver,
      way,
      args,
      env,
      stdios,
      grants,
      listeners = [],
      base,
      resolver,
      descriptors = MAX_DESCRIPTORS,
      bufferedBytes = Infinity,
    } = options;
    this.#base = base;
    const poller = new Poller(driver);
    const held = new HeldBytes(poller, bufferedBytes);
    const open = new OpenCount(descriptors);
    let files: Files | undefined;
    this.#state = {
      driver,
      way,
      poller,
      held,
      open,
      // Made at its first use: its memory takes longer than all else here, and few servers have files.
      files() {
        files ??= new Files(base, open);
        return files;
      },
      metadataHash: new MetadataHash(),
      grants,
      listeners: new OpenListeners(driver, listeners),
      resolver,
      args,
      env,
      stdin: new StandardInput(stdios[0], poller),
      stdout: new StandardOutput(stdios[1], poller, held),
      stderr: new StandardOutput(stdios[2], poller, held),
      isTerminal: (stdio) => stdios[stdio].filetype === Filetype.CHARACTER_DEVICE,
    };
  }

  mismatch(interfaceName: string, name: string, type: FuncType): Mismatch | undefined {
    return mismatch(interfaceName, name, type);
  }

  lower(interfaceName: string, version: string, name: string, lowering: Lowering): FlatFunction | undefined {
    if (!VERSION.test(version) || !Object.hasOwn(INTERFACES, interfaceName)) return undefined;
    const functions = this.#functions(interfaceName, lowering);
    if (!Object.hasOwn(functions, name)) return undefined;
    const call = functions[name];
    return UNSEEN.has(interfaceName) ? (call as FlatFunction) : inOrder(call, this.#state.poller);
  }

  #functions(interfaceName: string, options: Lowering): Functions {
    const { memory, realloc, handles } = options;
    let known = this.#callers.find(
      ({ options: other }) => other.memory === memory && other.realloc === realloc && other.handles === handles,
    );
    if (known === undefined) {
      known = { options, caller: new Caller(options), functions: new Map() };
      this.#callers.push(known);
    }
    let functions = known.functions.get(interfaceName);
    if (functions === undefined) {
      functions = INTERFACES[interfaceName](this.#state, known.caller);
      known.functions.set(interfaceName, functions);
    }
    return functions;
  }

  drop(interfaceName: string, resource: string, handles: HandleTable): FlatFunction | undefined {
    const type = RESOURCES[`${interfaceName}/${resource}`] as ResourceType<{ drop?(): void } | undefined> | undefined;
    if (type === undefined) return undefined;
    return (handle) => {
      handles.remove(type, handle as number)?.drop?.();
      return undefined;
    };
  }

  waits(interfaceName: string, name: string): boolean {
    return WAITS.has(`${interfaceName}#${name}`);
  }

  /** The program has ended: its written bytes are sent if that does not take long. */
  end(): undefined | Promise<undefined> {
    return this.#state.way.finish<undefined>(this.#state.held.drain() as Wait<undefined> | undefined);
  }

  /** Closes everything that the guest left open. */
  dispose(): void {
    this.#state.open.closeAll();
    this.#state.listeners.close();
    this.#state.poller.close();
    this.#base?.dispose();
  }
}
