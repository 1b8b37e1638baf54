/**
 * The machine code that makes a list of system calls (`call-list.ts`), for each processor. It is a function without parameters:
 *
 *     for each call of the list: call.result = syscall(call.number, call.arguments)
 *
 * The code is read from and never written to once it can run. Its last word is the address of the list. System calls keep all
 * registers but rax, rcx and r11 on x86-64 (Intel's syntax), and all but x0 on arm64. Neither code touches the frame pointer, so profilers
 * find the callers.
 */

/** Two hexadecimal digits for each byte. The comments are the source: a test assembles them. */
const X64 = [
  "53", // push rbx
  "41 54", // push r12
  "48 8b 1d 36 00 00 00", // mov rbx, [rip + list]
  "44 8b 23", // mov r12d, [rbx]
  // next:
  "48 83 c3 40", // add rbx, 64
  "48 8b 03", // mov rax, [rbx]
  "48 8b 7b 08", // mov rdi, [rbx + 8]
  "48 8b 73 10", // mov rsi, [rbx + 16]
  "48 8b 53 18", // mov rdx, [rbx + 24]
  "4c 8b 53 20", // mov r10, [rbx + 32]
  "4c 8b 43 28", // mov r8, [rbx + 40]
  "4c 8b 4b 30", // mov r9, [rbx + 48]
  "0f 05", // syscall
  "48 89 43 38", // mov [rbx + 56], rax
  "41 ff cc", // dec r12d
  "75 d6", // jnz next
  "41 5c", // pop r12
  "5b", // pop rbx
  "c3", // ret
  "0f 1f 44 00 00", // .balign 8
];

const ARM64 = [
  "89 01 00 58", // ldr x9, list
  "2a 01 40 b9", // ldr w10, [x9]
  // next:
  "28 0d 44 f8", // ldr x8, [x9, #64]!
  "20 85 40 a9", // ldp x0, x1, [x9, #8]
  "22 8d 41 a9", // ldp x2, x3, [x9, #24]
  "24 95 42 a9", // ldp x4, x5, [x9, #40]
  "01 00 00 d4", // svc #0
  "20 1d 00 f9", // str x0, [x9, #56]
  "4a 05 00 71", // subs w10, w10, #1
  "21 ff ff 54", // b.ne next
  "c0 03 5f d6", // ret
  "1f 20 03 d5", // .balign 8
];

const BY_PROCESSOR: Readonly<Record<string, readonly string[]>> = { x64: X64, arm64: ARM64 };

/** The code for this processor and a list's address; undefined for another processor. */
export function loopOver(list: number): Uint8Array | undefined {
  const lines = BY_PROCESSOR[process.arch];
  if (lines === undefined) return undefined;
  const code = Buffer.from(lines.join("").replaceAll(" ", ""), "hex");
  const bytes = new Uint8Array(new ArrayBuffer(code.length + 8));
  bytes.set(code);
  new DataView(bytes.buffer).setBigUint64(code.length, BigInt(list), true);
  return bytes;
}
