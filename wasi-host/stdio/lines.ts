/** Output for a console, which takes whole lines. */

/** Bytes go in; `print` is called for each line that has ended, without its end, and for the last one by `close`. */
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
