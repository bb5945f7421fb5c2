/** A picture as a PNG file: the signature, three chunks, and one byte in front of each row. */
import { crc32 as crcOfNode, deflateSync } from "node:zlib";

/** @param pixels - three bytes each, row by row. */
export function png(widthPixels: number, heightPixels: number, pixels: Uint8Array): Uint8Array {
  const rowBytes = widthPixels * 3;
  const rows = new Uint8Array((rowBytes + 1) * heightPixels);
  for (let row = 0; row < heightPixels; row++)
    rows.set(pixels.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 1) + 1);
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, widthPixels);
  header.setUint32(4, heightPixels);
  // Eight bits a channel, red, green and blue.
  header.setUint16(8, 0x0802);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const checked = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const made = Buffer.alloc(checked.length + 8);
  made.writeUInt32BE(data.length, 0);
  made.set(checked, 4);
  made.writeUInt32BE(crc32(checked), checked.length + 4);
  return made;
}

/** Node has it from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  if (crcOfNode !== undefined) return crcOfNode(bytes);
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
