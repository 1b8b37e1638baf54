/** The bytes that have just arrived: one buffer for all streams and sockets, which a handler may read during its call. */
export const INPUT_SIZE: i32 = 65_536;

let buffer: ArrayBuffer | null = null;

/** INPUT_SIZE bytes. Made by the first use: a program without the loop has none. */
export function input(): ArrayBuffer {
  let bytes = buffer;
  if (bytes == null) buffer = bytes = new ArrayBuffer(INPUT_SIZE);
  return bytes;
}
