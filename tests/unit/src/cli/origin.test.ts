/** What `pollux init` writes as the dependency on Pollux, by how Pollux itself was installed. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { originFor } from "../../../../src/cli/origin.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "pollux-origin-")));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, content: object | string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), typeof content === "string" ? content : JSON.stringify(content));
}

/** A project that has installed Pollux by this specifier; the answer for a new project in user/demo. */
function origin(specifier: string, kind = "dependencies", folder = "user/node_modules/pollux"): string | undefined {
  write("user/package.json", { [kind]: { other: "file:other.tgz", pollux: specifier } });
  write("user/pollux-0.1.0.tgz", "");
  write("tarballs/pollux-0.1.0.tgz", "");
  write(`${folder}/package.json`, { name: "pollux", version: "0.1.0" });
  return originFor(path.join(root, folder), path.join(root, "user/demo"));
}

it.each([
  ["beside the project", "file:pollux-0.1.0.tgz", "file:../pollux-0.1.0.tgz"],
  ["in another folder", "file:../tarballs/pollux-0.1.0.tgz", "file:../../tarballs/pollux-0.1.0.tgz"],
  ["by a path, as yarn writes it", "./pollux-0.1.0.tgz", "file:../pollux-0.1.0.tgz"],
  ["by its name, as yarn takes it", "pollux-0.1.0.tgz", "file:../pollux-0.1.0.tgz"],
])("a tarball %s becomes a path relative to the new project", (_where, specifier, expected) => {
  expect(origin(specifier)).toBe(expected);
});

it("a tarball with an absolute path becomes a relative path", () => {
  for (const prefix of ["", "file:", "file://"]) {
    expect(origin(prefix + path.join(root, "tarballs/pollux-0.1.0.tgz"))).toBe("file:../../tarballs/pollux-0.1.0.tgz");
  }
});

it("the installed folder replaces a missing tarball", () => {
  expect(origin("file:gone.tgz")).toBe("file:../node_modules/pollux");
});

it.each(["devDependencies", "optionalDependencies"])("finds a tarball among the %s", (kind) => {
  expect(origin("file:pollux-0.1.0.tgz", kind)).toBe("file:../pollux-0.1.0.tgz");
});

it("finds the tarball from pnpm's store, inside the project", () => {
  const folder = "user/node_modules/.pnpm/pollux@file+pollux-0.1.0.tgz/node_modules/pollux";
  expect(origin("file:pollux-0.1.0.tgz", "dependencies", folder)).toBe("file:../pollux-0.1.0.tgz");
});

it.each([
  "https://example.org/pollux-0.1.0.tgz",
  "github:someone/pollux#v0.1.0",
  "someone/pollux",
  "git+ssh://git@example.org/pollux.git",
])("passes on %s unchanged", (specifier) => {
  expect(origin(specifier)).toBe(specifier);
});

it.each(["link:../clone", "workspace:*", "portal:../clone"])("uses the folder for %s", (specifier) => {
  expect(origin(specifier)).toBe("file:../node_modules/pollux");
});

it.each(["^0.1.0", "0.1.0", "latest", "*", ">=0.1 <1"])("keeps the version for the registry's %s", (specifier) => {
  expect(origin(specifier)).toBeUndefined();
});

it("keeps the version after a global installation", () => {
  write("lib/node_modules/pollux/package.json", { name: "pollux", version: "0.1.0" });
  expect(originFor(path.join(root, "lib/node_modules/pollux"), path.join(root, "demo"))).toBeUndefined();
});

it("keeps the version if a manifest above is not JSON", () => {
  write("user/package.json", "{");
  write("user/node_modules/pollux/package.json", { name: "pollux" });
  expect(originFor(path.join(root, "user/node_modules/pollux"), path.join(root, "demo"))).toBeUndefined();
});

it("uses the clone's folder in a clone", () => {
  write("clone/package.json", { name: "pollux" });
  expect(originFor(path.join(root, "clone"), path.join(root, "demo"))).toBe("file:../clone");
});
