/**
 * The guest's stdin, stdout and stderr: the operating system's descriptors 0, 1 and 2, through Node's fs.
 *
 * The open files behind them are shared with the shell and whoever else it started, and O_NONBLOCK belongs to the open
 * file: set on stdin here, it would break `cat` there. So the guest's NONBLOCK is an answer of ours: the driver is asked
 * whether the descriptor is ready before a byte is moved.
 */
import fs from "node:fs";
import { isatty } from "node:tty";
import { Descriptor, Filetype } from "../descriptors.ts";
import type { Driver } from "../drivers/driver.ts";
import { pollfds, setPollfd } from "../drivers/pollfd.ts";
import { Errno, errnoOfCode } from "../errno.ts";
import { IN, OUT } from "../readiness.ts";
import { Rights } from "../rights.ts";

/** A pipe that is ready takes at least PIPE_BUF bytes without blocking (pipe(7)), and promises nothing beyond. */
const PIPE_BUF = 4096;

const one = pollfds(1);
const never = new Int32Array(new SharedArrayBuffer(4));

export class ProcessStdio extends Descriptor {
  readonly kind = "stdio";
  readonly filetype: number;
  readonly rights: bigint;
  readonly #driver: Driver;
  readonly #osDescriptor: number;
  readonly #patient: boolean;

  /**
   * `handle`: by which the driver can poll the descriptor; -1 where it cannot, and it counts as always ready. `patient`: a
   * write must not put the thread to sleep, whatever the guest's flags are.
   */
  constructor(driver: Driver, osDescriptor: number, handle: number, patient: boolean) {
    super();
    this.#driver = driver;
    this.#osDescriptor = osDescriptor;
    this.handle = handle;
    this.#patient = patient;
    this.filetype = filetypeOf(osDescriptor);
    this.rights =
      Rights.FD_FDSTAT_SET_FLAGS |
      Rights.FD_FILESTAT_GET |
      Rights.POLL_FD_READWRITE |
      (osDescriptor === 0 ? Rights.FD_READ : Rights.FD_WRITE);
  }

  /** Asks before it reads, blocking or not: the second of two iovecs must not sleep once the first has its bytes. */
  override read(bytes: Uint8Array, offset: number, length: number): number {
    if (!this.#ready(IN)) return -Errno.AGAIN;
    for (;;) {
      try {
        return fs.readSync(this.#osDescriptor, bytes, offset, length, null);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EOF") return 0; // Windows' end of a closed pipe
        if (!this.#paused(code)) return -errnoOfCode(code);
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

  /** A program asks how long a file on its stdin is. */
  override stats(): fs.BigIntStats | undefined {
    try {
      return fs.fstatSync(this.#osDescriptor, { bigint: true });
    } catch {
      return undefined; // the process was started without it
    }
  }

  #ready(events: number): boolean {
    if (this.handle < 0) return true;
    setPollfd(one, 0, this.handle, events);
    return this.#driver.poll(one, 1, 0) !== 0;
  }

  /**
   * Somebody else made the open file non-blocking (EAGAIN), and there is no driver to wait with: a short sleep, then
   * again. With a handle it is the caller who waits.
   */
  #paused(code: string | undefined): boolean {
    if (code !== "EAGAIN" || this.handle >= 0 || this.nonblocking) return false;
    Atomics.wait(never, 0, 0, 5);
    return true;
  }

  /** The guest lets go of its number; the process keeps its descriptor, for its own last words. */
  close(): number {
    return 0;
  }
}

/** A guest's isatty() asks for CHARACTER_DEVICE, so only a terminal is called that: /dev/null is UNKNOWN. */
export function filetypeOf(osDescriptor: number): number {
  if (isatty(osDescriptor)) return Filetype.CHARACTER_DEVICE;
  try {
    const stat = fs.fstatSync(osDescriptor);
    if (stat.isFile()) return Filetype.REGULAR_FILE;
    return stat.isSocket() ? Filetype.SOCKET_STREAM : Filetype.UNKNOWN;
  } catch {
    return Filetype.UNKNOWN;
  }
}
