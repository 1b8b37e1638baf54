import { expect, it } from "vitest";
import { isHostName } from "../../../../../wasi-host/files/own/directories.ts";

it("refuses names that Windows would resolve to another file", () => {
  const misleading = ["..\\secret", "a\\b", "C:", "file:stream", "...", ".. ", "name.", "name "];
  for (const name of misleading) expect([name, isHostName(name, "win32")]).toEqual([name, false]);
  for (const name of [".", "name", ".hidden", "a b", "a.b"])
    expect([name, isHostName(name, "win32")]).toEqual([name, true]);
  for (const name of misleading) expect([name, isHostName(name, "linux")]).toEqual([name, true]);
});
