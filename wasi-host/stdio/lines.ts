/** Output for a console, which takes whole lines. */

/** Takes bytes; calls `print` for each complete line without its end, and for the last one in `close`. */
export class Lines {
  readonly #print: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #begun = "";

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  take(bytes: Uint8Array): void {
    const [rest, ...others] = this.#decoder.decode(bytes, { stream: true }).split("\n");
    this.#begun += rest;
    for (const next of others) {
      this.#print(this.#begun);
      this.#begun = next;
    }
  }

  close(): void {
    if (this.#begun !== "") this.#print(this.#begun);
    this.#begun = "";
  }
}
