/** The layers of a server in user mode. */

/** Where a sample was: the innermost function's name and file, and the kernel's functions that called it. */
export interface Sample {
  name: string;
  file: string;
  callers: readonly string[];
}

export interface Layer {
  title: string;
  has(sample: Sample): boolean;
}

const compiled = ({ name }: Sample, pattern: RegExp) =>
  /^(JS|Function|Script|Stub|LazyCompile|Eval):/.test(name) && pattern.test(name);

/** The first that has a sample counts. */
export const USER: readonly Layer[] = [
  {
    title: "program: the guest, or C",
    has: (sample) => sample.file.endsWith("/echo-epoll") || compiled(sample, /wasm-function\[/),
  },
  {
    title: "calls between WebAssembly and JavaScript",
    has: (sample) => compiled(sample, /wasm-to-js|js-to-wasm/) || /WasmToJs|JSToWasm/.test(sample.name),
  },
  { title: "posix driver", has: (sample) => compiled(sample, /cli-posix-/) },
  { title: "host: checks, descriptors, records", has: (sample) => compiled(sample, /./) },
  {
    title: "FFI: koffi, Node-API, V8's API",
    has: ({ name, file }) =>
      file.endsWith("/koffi.node") || /napi|v8impl|ApiCallback|ApiCall|^v8::(?!internal)/i.test(name),
  },
  {
    title: "C library, loop of system calls",
    has: ({ name, file }) =>
      /\/(libc|libpthread|libm|libstdc\+\+|ld-linux)[.-]/.test(file) ||
      file.includes("vdso") ||
      (/^(\[unknown\])?$/.test(name) && /^(\/\/anon|\/tmp\/perf-\d+\.map)?$/.test(file)),
  },
  { title: "V8: builtins, compilers, garbage", has: () => true },
];
