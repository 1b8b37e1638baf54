/** IPv4 addresses: text, and the four bytes as a number that lies in memory as the network has it (the first is lowest). */

/** The number for `127.0.0.1`; -1 for what is no IPv4 address. */
export function parseIpv4(text: string): i64 {
  let ip: u32 = 0;
  let parts: u32 = 0;
  let digits = 0;
  let value: u32 = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = index < text.length ? text.charCodeAt(index) : 0x2e;
    if (character == 0x2e) {
      if (digits == 0 || parts == 4) return -1;
      ip |= value << (parts << 3);
      parts++;
      digits = 0;
      value = 0;
      continue;
    }
    if (character < 0x30 || character > 0x39) return -1;
    value = value * 10 + (character - 0x30);
    if (++digits > 3 || value > 255) return -1;
  }
  return parts == 4 ? <i64>ip : -1;
}

/** `127.0.0.1:80` for a number and a port. */
export function addressText(ip: u32, port: u32): string {
  let text = "";
  for (let part: u32 = 0; part < 4; part++) {
    text += ((ip >> (part << 3)) & 255).toString() + (part < 3 ? "." : ":");
  }
  return text + port.toString();
}
