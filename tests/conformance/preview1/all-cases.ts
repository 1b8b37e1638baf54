/** Every case by its function of the witx, in the witx's order. */
import { WITX } from "../../witx.ts";
import { attributes } from "./cases/attributes.ts";
import { descriptors } from "./cases/descriptors.ts";
import { directories } from "./cases/directories.ts";
import { names } from "./cases/names.ts";
import { opening } from "./cases/opening.ts";
import { process } from "./cases/process.ts";
import { status } from "./cases/status.ts";
import { transfers } from "./cases/transfers.ts";
import type { Cases } from "./rig.ts";

const FOUND: Cases = {
  ...attributes,
  ...descriptors,
  ...directories,
  ...names,
  ...opening,
  ...process,
  ...status,
  ...transfers,
};

/** A function without a case is an error at its first use. */
export const CASES: Cases = Object.fromEntries(
  WITX.map((call) => {
    if (FOUND[call] === undefined) throw new Error(`no case for ${call}`);
    return [call, FOUND[call]];
  }),
);
