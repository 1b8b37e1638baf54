/** Addresses as text, such as `127.0.0.1:80` and `[::1]:80`, and as records (`sys/socket-address.ts`). */
import { beginIpv4, beginIpv6, bytesOf, familyOf, INET6, portOf, segmentsOf } from "../sys/socket-address";

const DOT: i32 = 0x2e;
const COLON: i32 = 0x3a;
const SEGMENTS: u32 = 8;

/** Parses `HOST:PORT`, an IPv6 HOST in brackets, into `address`. False if it is no such address. */
export function parseHostPort(text: string, address: usize): bool {
  const colon = text.lastIndexOf(":");
  const port = parsePort(text.substring(colon + 1));
  if (colon < 0 || port < 0) return false;
  if (text.charCodeAt(0) != 0x5b)
    return text.indexOf(":") == colon && parseAddress(text.substring(0, colon), port, address);
  if (text.charCodeAt(colon - 1) != 0x5d) return false;
  const host = text.substring(1, colon - 1);
  return host.includes(":") && parseAddress(host, port, address);
}

/** Parses `127.0.0.1` or `::1`, with a port, into `address`. False if it is no address. */
export function parseAddress(host: string, port: u32, address: usize): bool {
  if (host.includes(":")) {
    beginIpv6(address, port);
    return parseIpv6(host, segmentsOf(address));
  }
  beginIpv4(address, port);
  return parseIpv4(host, bytesOf(address));
}

/** Four numbers below 256, each in a byte of `bytes`. */
function parseIpv4(text: string, bytes: usize): bool {
  let parts: u32 = 0;
  let digits = 0;
  let value: u32 = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = index < text.length ? text.charCodeAt(index) : DOT;
    if (character == DOT) {
      if (digits == 0 || parts == 4) return false;
      store<u8>(bytes + parts, <u8>value);
      parts++;
      digits = 0;
      value = 0;
      continue;
    }
    if (character < 0x30 || character > 0x39) return false;
    value = value * 10 + (character - 0x30);
    if (++digits > 3 || value > 255) return false;
  }
  return parts == 4;
}

/** Eight groups of hexadecimal digits (RFC 4291, 2.2); `::` stands for one group of zeros or more. An IPv4 tail is refused. */
function parseIpv6(text: string, segments: usize): bool {
  let count: u32 = 0;
  let gap: u32 = SEGMENTS + 1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    let value: u32 = 0;
    let digits = 0;
    for (; at < text.length && hexDigit(text.charCodeAt(at)) >= 0; at++) {
      value = (value << 4) | hexDigit(text.charCodeAt(at));
      digits++;
    }
    if (digits == 0 || digits > 4 || count == SEGMENTS) return false;
    store<u16>(segments + ((<usize>count) << 1), <u16>value);
    count++;
    if (at == text.length) break;
    if (text.charCodeAt(at) != COLON || ++at == text.length) return false;
    if (text.charCodeAt(at) != COLON) continue;
    if (gap <= SEGMENTS) return false;
    gap = count;
    at++;
  }
  if (gap > SEGMENTS) return count == SEGMENTS;
  if (count == SEGMENTS) return false;
  const start = segments + ((<usize>gap) << 1);
  const size = (<usize>(SEGMENTS - count)) << 1;
  memory.copy(start + size, start, (<usize>(count - gap)) << 1);
  memory.fill(start, 0, size);
  return true;
}

/** -1 if it is no number. */
function hexDigit(character: i32): i32 {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** -1 if it is no port. */
function parsePort(text: string): i32 {
  let port = text.length == 0 ? -1 : 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    port = port * 10 + digit;
    if (port > 65_535) return -1;
  }
  return port;
}

/** `127.0.0.1:80` or `[::1]:80`. */
export function addressText(address: usize): string {
  if (familyOf(address) == INET6) return `[${ipv6Text(segmentsOf(address))}]:${portOf(address)}`;
  const bytes = bytesOf(address);
  let text = "";
  for (let part: u32 = 0; part < 4; part++) text += load<u8>(bytes + part).toString() + (part < 3 ? "." : ":");
  return text + portOf(address).toString();
}

/** `::` for the first of the longest runs of zeros, if it is longer than one (RFC 5952, 4.2). */
function ipv6Text(segments: usize): string {
  let gap: u32 = SEGMENTS;
  let length: u32 = 1;
  for (let index: u32 = 0; index < SEGMENTS; index++) {
    let zeros: u32 = 0;
    while (index + zeros < SEGMENTS && segmentAt(segments, index + zeros) == 0) zeros++;
    if (zeros <= length) continue;
    gap = index;
    length = zeros;
  }
  let text = "";
  for (let index: u32 = 0; index < SEGMENTS; index++) {
    if (index == gap) {
      text += "::";
      index += length - 1;
      continue;
    }
    if (index > 0 && index != gap + length) text += ":";
    text += segmentAt(segments, index).toString(16);
  }
  return text;
}

function segmentAt(segments: usize, index: u32): u32 {
  return load<u16>(segments + ((<usize>index) << 1));
}
