/** Shared memory as a Buffer: a part of it is one too, which a socket writes as it is. It would wrap another array anew. */
export function bufferOf(memory: SharedArrayBuffer): Buffer {
  return Buffer.from(memory, 0, memory.byteLength);
}
