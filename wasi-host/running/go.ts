/**
 * Go programs' expectations of inherited descriptors.
 *
 * All goroutines share one thread, and Go's poller handles only NONBLOCK descriptors: an accept that sleeps in the host
 * stops all goroutines. Go makes its stdio NONBLOCK at its start (syscall/fs_wasip1.go), but for other descriptors it
 * only reads the flag (os.NewFile), which wasmtime sets on listeners.
 */

/**
 * Whether Go compiled the module. Its linker always writes the section go:buildid, even into stripped modules
 * (cmd/link/internal/wasm).
 */
export function isGo(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.customSections(module, "go:buildid").length > 0;
}
