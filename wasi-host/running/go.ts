/**
 * What Go's programs expect of what they inherit.
 *
 * All goroutines share the one thread that there is, and Go's poller knows none but NONBLOCK descriptors: an accept that
 * sleeps in the host stops every one of them. Go makes its stdio NONBLOCK at its start (syscall/fs_wasip1.go), but asks of
 * other descriptors only whether they are (os.NewFile), as wasmtime's listeners have always been.
 */

/** Is the module Go's? Its linker writes the section go:buildid, into stripped modules too (cmd/link/internal/wasm). */
export function isGo(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.customSections(module, "go:buildid").length > 0;
}
