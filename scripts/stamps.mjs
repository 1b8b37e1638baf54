/**
 * Makes a part of dist/ again only when something that it is made of has changed.
 *
 * A stamp, dist/.stamps/NAME.json, keeps the content hashes of what the part was made of and of the files that it became.
 * Hashes, because a checkout or a revert changes times and not contents. The order of writing makes interruptions harmless:
 *
 *     1. the stamp without inputs, which is never current, with the names of all files that are about to be written
 *     2. the files, and the end of those that the part had and has no more
 *     3. the stamp, complete, by a rename
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const STAMPS = "dist/.stamps";

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {unknown} options What is given to the compiler, as JSON can say it.
 * @property {() => string[]} files What is known before it is made to have a say in the outcome: tools, configuration, folders' files.
 * @property {(inputs: Inputs) => Promise<Map<string, string | Uint8Array>>} make
 *   Returns the contents of the files that the part becomes, by path, and tells `inputs` what it has read.
 */

/** The inputs of a part: hashes by path, null for a file that it looked for and did not find. */
export class Inputs {
  /** @type {Map<string, string | null>} */
  hashes = new Map();

  /** Reads a file, and notes its hash. Returns null where there is none. */
  read(file) {
    const bytes = readOrNull(file);
    this.note(file, bytes === null ? null : hashOf(bytes));
    return bytes;
  }

  /** @param {string | null} hash Of what was read, by `hashOf`. */
  note(file, hash) {
    this.hashes.set(path.relative("", file), hash);
  }
}

/** Is everything that the part is made of, and everything that it became, as its stamp says? */
export function isCurrent(part) {
  const stamp = readStamp(part);
  if (stamp?.inputs === undefined || stamp.options !== JSON.stringify(part.options)) return false;
  return (
    part.files().every((file) => path.relative("", file) in stamp.inputs) &&
    [stamp.inputs, stamp.outputs].every((hashes) =>
      Object.entries(hashes).every(([file, hash]) => hashOfFile(file) === hash),
    )
  );
}

/** Makes the part, whether it is current or not. What its `make` throws is thrown, and the part is made again next time. */
export async function make(part) {
  const before = readStamp(part)?.outputs ?? {};
  const inputs = new Inputs();
  for (const file of part.files()) inputs.read(file);
  const known = [...inputs.hashes];
  const made = await part.make(inputs);

  const options = JSON.stringify(part.options);
  const outputs = Object.fromEntries([...made].map(([file, content]) => [path.relative("", file), hashOf(content)]));
  writeStamp(part, { outputs: { ...before, ...outputs } });
  for (const [file, content] of made) write(file, content);
  for (const file of Object.keys(before)) if (!(file in outputs)) rmSync(file, { force: true });
  // An input edited meanwhile may have been read before or after the edit: the stamp stays incomplete.
  if (known.some(([file, hash]) => hashOfFile(file) !== hash)) return;
  writeStamp(part, { options, inputs: Object.fromEntries(inputs.hashes), outputs });
}

export function hashOf(content) {
  return createHash("sha256").update(content).digest("base64url");
}

function hashOfFile(file) {
  const bytes = readOrNull(file);
  return bytes === null ? null : hashOf(bytes);
}

function readOrNull(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code)) return null;
    throw error;
  }
}

function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (Buffer.from(content).subarray(0, 2).toString() === "#!") chmodSync(file, 0o755);
}

const stampOf = ({ name }) => path.join(STAMPS, `${name.replaceAll("/", "-")}.json`);

/** Undefined where there is none, or where it is no stamp: a disk that was full leaves anything. */
function readStamp(part) {
  try {
    return JSON.parse(readFileSync(stampOf(part), "utf8"));
  } catch {
    return undefined;
  }
}

function writeStamp(part, stamp) {
  const file = stampOf(part);
  write(`${file}.new`, JSON.stringify(stamp));
  renameSync(`${file}.new`, file);
}
