/**
 * The guest's stdin, stdout and stderr: the operating system's descriptors 0, 1 and 2, through Node's fs.
 *
 * The shell and other processes share the open files, and O_NONBLOCK belongs to the open file: setting it on stdin would break
 * `cat` there. So the host emulates the guest's NONBLOCK: it asks the driver whether the descriptor is ready before it moves
 * bytes.
 */
import fs from "node:fs";
import { isatty } from "node:tty";
import { Errno, errnoOfCode } from "../abi/errno.ts";
import { Filetype } from "../abi/file-attributes.ts";
import { IN, OUT } from "../abi/readiness.ts";
import { Rights } from "../abi/rights.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import { pollfds, setPollfd } from "../drivers/contract/pollfd.ts";
import { Descriptor } from "../kernel/descriptors.ts";

/** A pipe that is ready takes at least PIPE_BUF bytes without blocking (pipe(7)), and promises nothing beyond. */
const PIPE_BUF = 4096;

/** The buffer for joining a call's buffers: the size of a pipe on Linux. */
const GATHERED = 65_536;
let gathered: Uint8Array | undefined;

const one = pollfds(1);
const never = new Int32Array(new SharedArrayBuffer(4));

export class ProcessStdio extends Descriptor {
  readonly kind = "stdio";
  readonly rights: bigint;
  readonly #driver: Driver;
  readonly #osDescriptor: number;
  readonly #patient: boolean;
  /** Bytes. */
  #hasRead = 0;

  /**
   * `handle`: the driver's handle to poll the descriptor; -1 if it cannot, and the descriptor is always ready. `patient`: a
   * write must not block the thread, whatever the guest's flags are.
   */
  constructor(driver: Driver, osDescriptor: number, handle: number, patient: boolean) {
    super();
    this.#driver = driver;
    this.#osDescriptor = osDescriptor;
    this.handle = handle;
    this.#patient = patient;
    this.rights =
      Rights.FD_FDSTAT_SET_FLAGS |
      Rights.FD_FILESTAT_GET |
      Rights.POLL_FD_READWRITE |
      (osDescriptor === 0 ? Rights.FD_READ : Rights.FD_WRITE);
  }

  get filetype(): number {
    return filetypeOf(this.#osDescriptor);
  }

  /** Asks before it reads: the driver waits, not the system. */
  override read(bytes: Uint8Array, offset: number, length: number): number {
    if (!this.#ready(IN)) return -Errno.AGAIN;
    for (;;) {
      try {
        const got = fs.readSync(this.#osDescriptor, bytes, offset, length, null);
        this.#hasRead += got;
        return got;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EOF") return 0; // a closed pipe, on Windows
        if (this.nonblocking || !this.#paused(code)) return -errnoOfCode(code);
      }
    }
  }

  override write(bytes: Uint8Array, offset: number, length: number): number {
    const asks = this.nonblocking || (this.#patient && this.handle >= 0);
    if (asks && !this.#ready(OUT)) return -Errno.AGAIN;
    const most = asks ? Math.min(length, PIPE_BUF) : length;
    for (;;) {
      try {
        return fs.writeSync(this.#osDescriptor, bytes, offset, most);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!this.#paused(code)) return -errnoOfCode(code);
      }
    }
  }

  /** Makes one read(2): a second one might sleep after the first has found bytes. */
  override readVector(bytes: Uint8Array, vector: IoVector): number {
    gathered ??= new Uint8Array(GATHERED);
    const count = this.read(gathered, 0, Math.min(vector.length, GATHERED));
    if (count > 0) vector.scatter(gathered, count, bytes);
    return count;
  }

  /** Writes parts of 64 KiB by one write(2) each, so that the bytes of a part appear together. */
  override writeVector(bytes: Uint8Array, vector: IoVector): number {
    gathered ??= new Uint8Array(GATHERED);
    let total = 0;
    while (total < vector.length) {
      const length = vector.gather(bytes, total, gathered);
      const count = this.write(gathered, 0, length);
      if (count < 0) return total > 0 ? total : count;
      total += count;
      if (count < length) break;
    }
    return total;
  }

  /** A program asks how long a file on its stdin is. */
  override stats(): fs.BigIntStats | undefined {
    try {
      return fs.fstatSync(this.#osDescriptor, { bigint: true });
    } catch {
      return undefined; // the process has no such stream
    }
  }

  /** The rest of a file. */
  override available(): number {
    const stats = this.stats();
    if (!stats?.isFile()) return 0;
    const left = Number(stats.size) - this.#position();
    return Math.max(0, left);
  }

  /**
   * Node does not tell a descriptor's offset, which other processes share and may have moved. Linux has it in /proc;
   * elsewhere it is the number of bytes read here.
   */
  #position(): number {
    try {
      return Number(/^pos:\s*(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${this.#osDescriptor}`, "latin1"))?.[1]);
    } catch {
      return this.#hasRead;
    }
  }

  #ready(events: number): boolean {
    if (this.handle < 0) return true;
    setPollfd(one, 0, this.handle, events);
    return this.#driver.poll(one, 1, 0) !== 0;
  }

  /**
   * Another process has made the open file non-blocking (EAGAIN), and there is no driver to wait with: sleeps shortly,
   * then tries again. With a handle the caller waits. This also holds for a guest's NONBLOCK write: a poll would report
   * the descriptor as ready, and the guest would try without end.
   */
  #paused(code: string | undefined): boolean {
    if (code !== "EAGAIN" || this.handle >= 0) return false;
    Atomics.wait(never, 0, 0, 5);
    return true;
  }

  /** Closes the guest's descriptor. The process keeps its own for its messages. */
  close(): number {
    return 0;
  }
}

/** A guest's isatty() asks for CHARACTER_DEVICE, so only a terminal has that type: /dev/null is UNKNOWN. */
export function filetypeOf(osDescriptor: number): number {
  try {
    const stat = fs.fstatSync(osDescriptor);
    if (stat.isCharacterDevice()) return isatty(osDescriptor) ? Filetype.CHARACTER_DEVICE : Filetype.UNKNOWN;
    if (stat.isFile()) return Filetype.REGULAR_FILE;
    return stat.isSocket() ? Filetype.SOCKET_STREAM : Filetype.UNKNOWN;
  } catch {
    return Filetype.UNKNOWN;
  }
}
