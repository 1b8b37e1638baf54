/** A program that ends itself. */

/** Thrown by proc_exit to leave the guest; only the code that started the guest catches it. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";
  /** As given by the guest: 32 bits, unsigned. */
  readonly code: number;

  constructor(code: number) {
    super(`the guest exits with status ${code}`);
    this.code = code;
  }
}
