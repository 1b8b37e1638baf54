/** A guest of AssemblyScript cases, compiled for the test, with streams from its host. */
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { Stream } from "../../wasi-host/sockets.ts";
import { later } from "./selectors-subject.ts";

const FOLDER = fileURLToPath(new URL("guests/", import.meta.url));

interface Cases {
  readonly memory: WebAssembly.Memory;
  choose(kind: number): void;
  caseCount(): number;
  caseName(index: number): number;
  runCase(index: number): number;
}

/** Compiles a source of the folder guests for one of AssemblyScript's runtimes. */
export async function compile(source: string, runtime: string): Promise<WebAssembly.Module> {
  const options = ["-O3", "--runtime", runtime, "--use", "abort=", "--enable", "bulk-memory"];
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [source, "--baseDir", FOLDER, "--outFile", "guest.wasm", "--exportStart", "_initialize", ...options],
    { writeFile: (_name, contents) => void (binary = contents as Uint8Array<ArrayBuffer>) },
  );
  if (error !== null || binary === undefined) throw new Error(`asc: ${stderr}`, { cause: error });
  return WebAssembly.compile(binary);
}

export class Guest implements Disposable {
  readonly #cases: Cases;
  readonly #dispose: () => void;

  static async open(module: WebAssembly.Module, edgeSource: boolean): Promise<Guest> {
    const driver = await openDriver();
    const host = await WasiHost.open({ driver, edgeSource });
    const bench = {
      pair: () => {
        const [one, other] = driver
          .socketPair()
          .map((handle) => host.descriptors.insert(new Stream(driver, handle, true)));
        return BigInt(one) | (BigInt(other) << 32n);
      },
      writeLater: (fd: number) => void later("echo", host.descriptors.get(fd)!.handle),
    };
    const instance = await WebAssembly.instantiate(module, { ...host.imports, bench });
    host.initialize(instance);
    return new Guest(instance.exports as unknown as Cases, () => {
      host.dispose();
      driver.dispose();
    });
  }

  private constructor(cases: Cases, dispose: () => void) {
    this.#cases = cases;
    this.#dispose = dispose;
  }

  get names(): string[] {
    return Array.from({ length: this.#cases.caseCount() }, (_, index) => this.#text(this.#cases.caseName(index)));
  }

  /** What went wrong; an empty text when nothing did. */
  run(kind: number, index: number): string {
    this.#cases.choose(kind);
    return this.#text(this.#cases.runCase(index));
  }

  /** An AssemblyScript string: its length in bytes stands before it. */
  #text(address: number): string {
    const { buffer } = this.#cases.memory;
    const [length] = new Uint32Array(buffer, address - 4, 1);
    return String.fromCharCode(...new Uint16Array(buffer, address, length / 2));
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}
