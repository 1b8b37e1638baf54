/** What rust/walk.rs is given, what it says, and what it leaves. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";

export class WalkedTree implements Disposable {
  readonly #above = mkdtempSync(path.join(tmpdir(), "pollux-walk-"));
  /** To be granted as /data. */
  readonly root = path.join(this.#above, "granted");

  constructor() {
    mkdirSync(path.join(this.root, "empty"), { recursive: true });
    writeFileSync(path.join(this.root, "given.txt"), "given");
    writeFileSync(path.join(this.#above, "outside.txt"), "secret");
    symlinkSync("../outside.txt", path.join(this.root, "link-out"));
  }

  /** `refusal`: how the host reports a way out of the granted directories. */
  expectWalked(printed: string, refusal: string): void {
    expect(printed).toBe(`given:
  empty/
  given.txt 5
  link-out 14
made: 151 in branch
appended: green and red, its end red
moved and removed:
  empty/
  given.txt 5
  link-out 14
  tree/
    branch/
      leaf-000 5
      leaf-001 1
      leaf-002 2
    copy.txt 5
    twig/
      größe 3
a file that is not there: No such file or directory (os error 44)
a directory that is there: File exists (os error 20)
a directory that is not empty: Directory not empty (os error 55)
a file as a directory: Not a directory (os error 54)
a way out: ${refusal}
a link that leads out: ${refusal}
`);
    expect(readdirSync(this.root, { recursive: true }).toSorted()).toEqual([
      "empty",
      "given.txt",
      "link-out",
      "tree",
      "tree/branch",
      "tree/branch/leaf-000",
      "tree/branch/leaf-001",
      "tree/branch/leaf-002",
      "tree/copy.txt",
    ]);
    expect(readFileSync(path.join(this.root, "tree/branch/leaf-000"), "utf8")).toBe("green");
    expect(readFileSync(path.join(this.root, "tree/copy.txt"), "utf8")).toBe("given");
  }

  [Symbol.dispose](): void {
    rmSync(this.#above, { recursive: true });
  }
}
