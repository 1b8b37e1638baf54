/** Prints a line, and nothing else: what is left of a run is its start. */
import { fd_write } from "./wasi_snapshot_preview1";

const LINE = "hello\n";
const iovec = memory.data(8, 4);
const written = memory.data(4, 4);

export function _start(): void {
  const text = String.UTF8.encode(LINE);
  store<usize>(iovec, changetype<usize>(text));
  store<usize>(iovec, text.byteLength, 4);
  fd_write(1, iovec, 1, written);
}
