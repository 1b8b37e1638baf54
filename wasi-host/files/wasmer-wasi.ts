/**
 * Files in memory, by the npm package @wasmer/wasi 1.x.
 *
 * It has only its own file system in memory. So the guest sees a copy of the granted directories, made when the host
 * opens, and its changes are lost. Of the package, fd_* and path_* are used; its poll_oneoff traps. The host itself
 * reports the names of granted directories, because the package loses their slash.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { MemFS, WASI } from "@wasmer/wasi";
import { Errno } from "../abi/errno.ts";
import { PRESTAT } from "../abi/file-attributes.ts";
import type { Imports } from "../abi/imports.ts";
import { GuestMemory } from "../memory/guest-memory.ts";
import { installed } from "../runtime/installed.ts";
import type { Base } from "./contract/base.ts";

/** The first three are stdio; then comes the whole file system, which is not granted. */
const FIRST_PREOPEN = 4;
/** Bytes of all files: more belong on a disk. */
const MAX_BYTES = 1 << 28;

// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; arguments are passed on as they came.
type Calls = Record<string, (...args: any[]) => number>;

export class WasmerWasiBase implements Base {
  readonly name = "wasmer-wasi";
  readonly imports: Imports;
  readonly preopens: readonly number[];
  readonly #wasi: WASI;
  readonly #shim: WebAssembly.Module;
  readonly #calls: Calls;
  readonly #memory = new GuestMemory();
  readonly #names = new Map<number, Uint8Array>();

  /** Rejects if the package is not installed, or the directories are too large. */
  static async open(directories: Readonly<Record<string, string>>): Promise<WasmerWasiBase> {
    const { init, ...rest } = load();
    await init();
    return new WasmerWasiBase(directories, rest);
  }

  private constructor(directories: Readonly<Record<string, string>>, { MemFS, WASI }: Omit<Package, "init">) {
    const fs = new MemFS();
    const preopens: Record<string, string> = {};
    let left = MAX_BYTES;
    for (const [index, [name, place]] of Object.entries(directories).entries()) {
      // They are ordered by their names there, not by the order here.
      const copy = `/${String(index).padStart(6, "0")}`;
      left = copied(fs, place, copy, left);
      preopens[copy.slice(1)] = copy;
      this.#names.set(FIRST_PREOPEN + index, new TextEncoder().encode(name));
    }
    this.#wasi = new WASI({ args: [], env: {}, preopens, fs });
    this.#shim = new WebAssembly.Module(SHIM);
    const imports = this.#wasi.getImports(this.#shim) as { wasi_snapshot_preview1: Calls };
    this.#calls = imports.wasi_snapshot_preview1;
    this.preopens = [...this.#names.keys()];
    const kept = Object.entries(this.#calls).filter(([name]) => /^(fd|path)_/.test(name));
    this.imports = { ...Object.fromEntries(kept.map(([name, call]) => [name, survived(call)])), ...this.#granted() };
  }

  /** It takes a memory only from an instance: this one has nothing else. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory.attach(memory);
    const { sched_yield } = this.#calls;
    const instance = new WebAssembly.Instance(this.#shim, { env: { memory }, wasi_snapshot_preview1: { sched_yield } });
    this.#wasi.instantiate(instance);
  }

  dispose(): void {
    this.#wasi.free();
  }

  #granted(): Calls {
    const { fd_close } = this.#calls;
    return {
      fd_close: survived((fd: number) => {
        this.#names.delete(fd);
        return fd_close(fd);
      }),

      fd_prestat_get: (fd: number, at: number) => {
        this.#memory.refresh();
        const name = this.#names.get(fd);
        if (name === undefined) return Errno.BADF;
        this.#memory.view.setUint32(at + PRESTAT.tag, 0, true);
        this.#memory.view.setUint32(at + PRESTAT.nameLength, name.length, true);
        return 0;
      },

      fd_prestat_dir_name: (fd: number, at: number, length: number) => {
        this.#memory.refresh();
        const name = this.#names.get(fd);
        if (name === undefined) return Errno.BADF;
        if (length < name.length) return Errno.NAMETOOLONG;
        this.#memory.bytes.set(name, at);
        return 0;
      },
    };
  }
}

type Package = typeof import("@wasmer/wasi");

function load(): Package {
  try {
    return installed("@wasmer/wasi");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error("base 'wasmer-wasi' needs the package @wasmer/wasi: npm install @wasmer/wasi@1");
  }
}

/** Its faults are traps of its own module, which must not reach the guest. */
function survived(call: (...args: never[]) => number): (...args: unknown[]) => number {
  return (...args) => {
    try {
      return call(...(args as never[]));
    } catch {
      return Errno.IO;
    }
  };
}

/** Copies files and directories; its file system has no links. Returns the rest of `left` bytes. */
function copied(fs: MemFS, from: string, to: string, left: number): number {
  fs.createDir(to);
  let rest = left;
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) rest = copied(fs, source, target, rest);
    if (!entry.isFile()) continue;
    rest -= statSync(source).size;
    if (rest < 0)
      throw new Error(
        `base 'wasmer-wasi' copies directories, and up to '${source}' there are more than ${MAX_BYTES >> 20} MiB: use 'minimal'`,
      );
    const file = fs.open(target, { read: true, write: true, create: true });
    file.write(readFileSync(source));
    file.flush();
    file.free();
  }
  return rest;
}

/** (module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (import "env" "memory" (memory 0)) (export "memory" (memory 0))) */
const SHIM = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 0, 1, 0x7f]),
  ...section(2, [
    2,
    ...text("wasi_snapshot_preview1"),
    ...text("sched_yield"),
    0,
    0,
    ...text("env"),
    ...text("memory"),
    2,
    0,
    0,
  ]),
  ...section(7, [1, ...text("memory"), 2, 0]),
]);

/** Sections under 128 bytes, so that a length is one byte. */
function section(id: number, contents: readonly number[]): number[] {
  return [id, contents.length, ...contents];
}

function text(name: string): number[] {
  return [name.length, ...new TextEncoder().encode(name)];
}
