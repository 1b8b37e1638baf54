/** AssemblyScript compiled by a test, without a file for the module. */
import asc from "assemblyscript/asc";

type Bytes = Uint8Array<ArrayBuffer>;

/** Compiles like `asc` with these arguments. */
export async function compiled(...args: string[]): Promise<Bytes> {
  let binary: Bytes | undefined;
  const { error, stderr } = await asc.main([...args, "--outFile", "guest.wasm"], {
    writeFile: (_name, content) => void (binary = content as Bytes),
  });
  if (error !== null || binary === undefined) throw new Error(`asc: ${stderr}`, { cause: error });
  return binary;
}

/** Compiles sources by the names of their imports, without files. */
export async function compiledTexts(texts: Record<string, string>, options: asc.CompilerOptions): Promise<Bytes> {
  const { error, binary, stderr } = await asc.compileString(texts, options);
  if (error !== null || binary === null) throw new Error(`asc: ${stderr}`, { cause: error });
  return binary as Bytes;
}
