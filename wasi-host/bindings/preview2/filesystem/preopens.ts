/** wasi:filesystem/preopens. */
import type { Caller } from "../caller.ts";
import { DIRECTORY_AND_NAME, LIST } from "../layout.ts";
import { DESCRIPTOR } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { FileDescriptor, MUTATE_DIRECTORY, READ } from "./descriptor.ts";

export function preopens({ files: filesOf }: State, caller: Caller): Functions {
  const files = filesOf();
  const numbers = files.base?.preopens ?? [];
  const directories = numbers.map((number) => {
    const mutable = files.base?.readOnly?.has(number) === true ? 0 : MUTATE_DIRECTORY;
    return new FileDescriptor(files, number, READ | mutable);
  });
  return {
    /** Each call returns new handles. The directories stay open, whatever the guest drops. */
    "get-directories"(result: number): void {
      const at = caller.place(result, LIST);
      const { size, align, name } = DIRECTORY_AND_NAME;
      const first = caller.allocate(align, directories.length * size);
      for (const [index, directory] of directories.entries()) {
        directory.keep();
        const handle = caller.handles.insert(DESCRIPTOR, directory);
        caller.memory.words[(first + index * size) >>> 2] = handle;
        caller.putText(first + index * size + name, files.grantedAs(directory.number));
      }
      caller.putList(at, first, directories.length);
    },
  };
}
