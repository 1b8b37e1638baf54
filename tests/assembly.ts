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

/** Of sources that are in no file either, by the names that they import each other by. */
export async function compiledTexts(texts: Record<string, string>, options: asc.CompilerOptions): Promise<Bytes> {
  const { error, binary, stderr } = await asc.compileString(texts, options);
  if (error !== null || binary === null) throw new Error(`asc: ${stderr}`, { cause: error });
  return binary as Bytes;
}
