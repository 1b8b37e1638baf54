/** AssemblyScript that a test compiles: the module is in no file. */
import asc from "assemblyscript/asc";

type Bytes = Uint8Array<ArrayBuffer>;

/** As `asc` does with these arguments. */
export async function compiled(...args: string[]): Promise<Bytes> {
  let binary: Bytes | undefined;
  const { error, stderr } = await asc.main([...args, "--outFile", "guest.wasm"], {
    writeFile: (_name, content) => void (binary = content as Bytes),
  });
  if (error !== null || binary === undefined) throw new Error(`asc: ${stderr}`, { cause: error });
  return binary;
}

/** Compiles sources that are not in files, by the names of their imports. */
export async function compiledTexts(texts: Record<string, string>, options: asc.CompilerOptions): Promise<Bytes> {
  const { error, binary, stderr } = await asc.compileString(texts, options);
  if (error !== null || binary === null) throw new Error(`asc: ${stderr}`, { cause: error });
  return binary as Bytes;
}
