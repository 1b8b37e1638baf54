/** A guest of AssemblyScript cases, compiled for the test, with streams from its host. */
import { fileURLToPath } from "node:url";
import { EPOLLIN as POLLIN, EPOLLOUT as POLLOUT } from "../../assembly/abi/events.ts";
import { Filetype } from "../../wasi-host/abi/file-attributes.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { Stream } from "../../wasi-host/kernel/sockets.ts";
import { compiled } from "../assembly.ts";
import { later, signalled } from "../later.ts";
import { openFile } from "../linux/sockets.ts";
import { BoundedSleeps } from "./bounded-sleeps.ts";
import { resetOnClose, sendUrgent } from "./kernel-poll.ts";

const FOLDER = fileURLToPath(new URL("guests/", import.meta.url));

interface Cases {
  readonly memory: WebAssembly.Memory;
  choose(kind: number): void;
  caseCount(): number;
  caseName(index: number): number;
  runCase(index: number): number;
  /** Only where a case calls `attempt`. */
  attempted?(): void;
}

/** Compiles a source of the folder guests for one of AssemblyScript's runtimes. */
export async function compile(source: string, runtime: string): Promise<WebAssembly.Module> {
  const options = ["-O3", "--runtime", runtime, "--use", "abort=", "--enable", "bulk-memory"];
  const where = ["--baseDir", FOLDER, "--exportStart", "_initialize"];
  return WebAssembly.compile(await compiled(source, ...where, ...options));
}

export class Guest implements Disposable {
  /** Resolves when all later events have happened. */
  readonly happened: Promise<unknown>[] = [];
  readonly #host: WasiHost;
  readonly #driver: Driver;
  readonly #sleeps: BoundedSleeps;
  #cases!: Cases;
  #waits = 0;

  static async open(module: WebAssembly.Module, edgeSource: boolean): Promise<Guest> {
    const driver = await openDriver();
    const sleeps = new BoundedSleeps();
    sleeps.bound(driver);
    const guest = new Guest(driver, sleeps, await WasiHost.open({ driver, edgeSource }));
    await guest.#start(module);
    return guest;
  }

  private constructor(driver: Driver, sleeps: BoundedSleeps, host: WasiHost) {
    this.#driver = driver;
    this.#sleeps = sleeps;
    this.#host = host;
  }

  async #start(module: WebAssembly.Module): Promise<void> {
    const { wasi_snapshot_preview1, ...others } = this.#host.imports;
    const counted = { ...wasi_snapshot_preview1 };
    for (const name of ["poll_oneoff", "fd_write"]) {
      const call = wasi_snapshot_preview1[name];
      counted[name] = (...args) => {
        this.#waits++;
        return call(...args);
      };
    }
    const imports = { ...others, wasi_snapshot_preview1: counted, bench: this.#bench() };
    const instance = await WebAssembly.instantiate(module, imports);
    this.#cases = instance.exports as unknown as Cases;
    this.#host.initialize(instance);
  }

  /** The imports that guests/bench.ts declares. */
  #bench() {
    const driver = this.#driver;
    const handleOf = (fd: number) => this.#host.descriptors.get(fd)!.handle;
    const insert = (handle: number) => this.#host.descriptors.insert(new Stream(driver, handle, true));
    const both = ([one, other]: readonly number[]) => BigInt(insert(one)) | (BigInt(insert(other)) << 32n);
    return {
      pair: () => both(driver.socketPair()),
      pipe: () => both(driver.pipe()),
      connection: () => both(this.#connection()),
      refused: () => insert(this.#refused()),
      regularFile: () => {
        const file = new Stream(driver, driver.adoption!.adopt(openFile(import.meta.filename)), true);
        return this.#host.descriptors.insert(Object.assign(file, { filetype: Filetype.REGULAR_FILE }));
      },
      sendUrgent: (fd: number) => sendUrgent(handleOf(fd)),
      resetOnClose: (fd: number) => resetOnClose(handleOf(fd)),
      writeLater: (fd: number) => void this.happened.push(later("echo", handleOf(fd))),
      signalLater: () => void this.happened.push(signalled()),
      waits: () => this.#waits,
      attempt: () => {
        try {
          this.#cases.attempted!();
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError) return 1;
          throw error;
        }
        return 0;
      },
    };
  }

  #connection(): [number, number] {
    const listener = this.#driver.listen({ host: "127.0.0.1", port: 0 });
    const client = this.#driver.connect(this.#driver.localAddress(listener)!);
    this.#until(listener, POLLIN);
    const server = this.#driver.accept(listener);
    this.#driver.close(listener);
    return [client, server];
  }

  #refused(): number {
    const listener = this.#driver.listen({ host: "127.0.0.1", port: 0 });
    const address = this.#driver.localAddress(listener)!;
    this.#driver.close(listener);
    const client = this.#driver.connect(address);
    this.#until(client, POLLOUT);
    return client;
  }

  #until(handle: number, events: number): void {
    const fds = pollfds(1);
    setPollfd(fds, 0, handle, events);
    this.#sleeps.begin();
    while (this.#driver.poll(fds, 1, Infinity) === 0);
  }

  get names(): string[] {
    return Array.from({ length: this.#cases.caseCount() }, (_, index) => this.#text(this.#cases.caseName(index)));
  }

  /** The failure; empty if there is none. Throws if the guest sleeps for ever. */
  run(kind: number, index: number): string {
    this.#cases.choose(kind);
    this.#sleeps.begin();
    return this.#text(this.#cases.runCase(index));
  }

  /** An AssemblyScript string: its length in bytes is before it. */
  #text(address: number): string {
    const { buffer } = this.#cases.memory;
    const [length] = new Uint32Array(buffer, address - 4, 1);
    return String.fromCharCode(...new Uint16Array(buffer, address, length / 2));
  }

  [Symbol.dispose](): void {
    this.#host.dispose();
    this.#driver.dispose();
  }
}
