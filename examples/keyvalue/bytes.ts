/** A run of bytes somewhere in memory: an argument, a value. */
@unmanaged
export class Bytes {
  start: usize;
  length: i32;
}

/** Each byte becomes the character of the same number, so that no two runs of bytes become the same string. */
export function latin1(bytes: Bytes): string {
  const size = (<usize>bytes.length) << 1;
  const letters = heap.alloc(size);
  for (let index = 0; index < bytes.length; index++) {
    store<u16>(letters + ((<usize>index) << 1), load<u8>(bytes.start + index));
  }
  const text = String.UTF16.decodeUnsafe(letters, size);
  heap.free(letters);
  return text;
}

/** Compares with a word in small letters, and ignores case. */
export function isWord(bytes: Bytes, word: string): bool {
  if (bytes.length != word.length) return false;
  for (let index = 0; index < bytes.length; index++) {
    if (lowerCase(load<u8>(bytes.start + index)) != word.charCodeAt(index)) return false;
  }
  return true;
}

export function lowerCase(letter: i32): i32 {
  return letter >= 0x41 && letter <= 0x5a ? letter | 0x20 : letter;
}
