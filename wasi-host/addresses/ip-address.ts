/** IP addresses: as text, and as bytes in network order: 4 of IPv4, 16 of IPv6. */
import { Latest } from "./latest.ts";

const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const DOTTED = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/**
 * Four decimal numbers separated by dots, without leading zeros: exactly the texts that node:net's `isIPv4` accepts.
 */
export function isIPv4(text: string): boolean {
  return DOTTED.test(text);
}

/** An interface after an address; node:net accepts only letters, digits and .:-, Linux also other characters. */
const ZONE = /%([^\s%/[\]]+)$/;

/** The texts that node:net's `isIPv6` accepts: RFC 4291's forms, and a zone (RFC 4007). */
export function isIPv6(text: string): boolean {
  const address = text.replace(ZONE, "");
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const dotted = groups.length > 0 && isIPv4(groups[groups.length - 1]) && !address.endsWith("::");
  if (dotted) groups.splice(-1, 1, "0", "0");
  return (
    groups.every((group) => /^[\da-f]{1,4}$/i.test(group)) &&
    (halves.length === 2 ? groups.length <= 7 : groups.length === 8)
  );
}

/** The zone of an address: the name or number of an interface; "" for none. */
export function zoneOf(text: string): string {
  return ZONE.exec(text)?.[1] ?? "";
}

/** Whether an address is valid on one interface only: fe80::/10, and multicast to an interface or a link (RFC 4291, 2.7). */
export function isLinkLocal(bytes: Uint8Array): boolean {
  if (bytes.length !== 16) return false;
  return (bytes[0] === 0xfe && bytes[1] >> 6 === 2) || (bytes[0] === 0xff && [1, 2].includes(bytes[1] & 15));
}

/*
 * The other forms of the latest addresses. Each datagram has an address, and to convert it takes nearly as long as to send the datagram.
 */
const latestBytes = new Latest<string, Uint8Array>();
const latestIPv4Texts = new Latest<number, string>();
/** By the last 32 bits. */
const latestIPv6Texts = new Latest<number, { readonly bytes: Uint8Array; readonly text: string }>();

/** The bytes of an address that `isIPv4` or `isIPv6` accepts, without the zone. They are shared: do not write to them. */
export function ipBytes(text: string): Uint8Array {
  return latestBytes.get(text) ?? latestBytes.keep(text, parsed(text));
}

function parsed(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [index, group] of groupsOf(text.replace(ZONE, "")).entries()) view.setUint16(2 * index, group, false);
  return bytes;
}

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(text: string): number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  let hexadecimal = text;
  if (dotted !== null) {
    const [a, b, c, d] = dotted.slice(1).map(Number);
    hexadecimal =
      text.slice(0, dotted.index) + [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(":");
  }
  const [head, tail] = hexadecimal
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))));
  return tail === undefined ? head : [...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail];
}

/** The address as its canonical text: RFC 5952 for IPv6. */
export function ipText(bytes: Uint8Array): string {
  const end = bytes.length;
  const last = (bytes[end - 4] << 24) | (bytes[end - 3] << 16) | (bytes[end - 2] << 8) | bytes[end - 1];
  if (end === 4) return latestIPv4Texts.get(last) ?? latestIPv4Texts.keep(last, bytes.join("."));
  const latest = latestIPv6Texts.get(last);
  if (latest?.bytes.every((byte, index) => byte === bytes[index])) return latest.text;
  return latestIPv6Texts.keep(last, { bytes: bytes.slice(), text: ipv6Text(bytes) }).text;
}

function ipv6Text(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index, false).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
