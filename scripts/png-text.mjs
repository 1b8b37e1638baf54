/** Text in a PNG file: its tEXt chunks (https://www.w3.org/TR/png-3/#11tEXt). */
const SIGNATURE_SIZE = 8;
/** Length and type before a chunk's data, and the checksum after it. */
const HEAD_SIZE = 8;
const SUM_SIZE = 4;

const CRC_POLYNOMIAL = 0xedb88320;

/** The checksum of a chunk's type and data. node:zlib has it from Node 20.15 on. */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

function* chunksOf(png) {
  for (let at = SIGNATURE_SIZE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + HEAD_SIZE, at + HEAD_SIZE + length);
    at += HEAD_SIZE + length + SUM_SIZE;
    yield { type: png.toString("latin1", at - SUM_SIZE - length - 4, at - SUM_SIZE - length), data, end: at };
  }
}

/** Returns the picture with a text behind its header. */
export function withText(png, keyword, text) {
  const [{ end }] = chunksOf(png);
  const body = Buffer.from(`tEXt${keyword}\0${text}`, "latin1");
  const chunk = Buffer.alloc(body.length + HEAD_SIZE);
  chunk.writeUInt32BE(body.length - 4);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]);
}

/** Returns the text of a keyword; undefined if the picture has none. */
export function textOf(png, keyword) {
  for (const { type, data } of chunksOf(png)) {
    const [found, text] = data.toString("latin1").split("\0", 2);
    if (type === "tEXt" && found === keyword) return text;
  }
  return undefined;
}
