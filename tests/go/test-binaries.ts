/** The test binaries of packages of Go's standard library, built for WASI by the machine's Go: each once for each Go. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";

/** What they test is the system under them: files, sockets, time; and how deep a program may recurse. */
export const PACKAGES = ["os", "net", "net/http", "time", "io", "encoding/xml", "encoding/asn1", "regexp"];

export interface TestBinary {
  readonly module: string;
  /** Where `go test` runs it: the package's own directory, which has its data. */
  readonly directory: string;
}

/** The version of the machine's Go, such as `go1.26.8`; undefined where there is none. */
export function goVersion(): string | undefined {
  try {
    return execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Builds it where it is not there yet. Throws what the Go command says. */
export function testBinary(name: string, version: string): TestBinary {
  const root = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  const folder = path.resolve(".ci/go-tests", version);
  const module = path.join(folder, `${name.replaceAll("/", "_")}.wasm`);
  if (!existsSync(module)) {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${module}.unfinished`;
    execFileSync("go", ["test", "-c", "-o", unfinished, name], {
      env: { ...process.env, GOOS: "wasip1", GOARCH: "wasm", GOFLAGS: "" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    renameSync(unfinished, module);
  }
  return { module, directory: path.join(root, "src", name) };
}
