import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export type Rgb = readonly [red: number, green: number, blue: number];

/** A photo of one colour, still to be encoded. */
export function plain(width: number, height: number, [r, g, b]: Rgb = [200, 80, 40], alpha?: number): Sharp {
  const channels = alpha === undefined ? 3 : 4;
  return sharp({ create: { width, height, channels, background: { r, g, b, alpha: alpha ?? 1 } } });
}

/** A photo with detail everywhere, so that encoded data is spread over the whole file. Still to be encoded. */
export function detailed(width: number, height: number): Sharp {
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + (i >> 3) * 17) & 0xff));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

export async function pixelAt(image: Buffer, left: number, top: number): Promise<Rgb> {
  const [r = -1, g = -1, b = -1] = await sharp(image).extract({ left, top, width: 1, height: 1 }).raw().toBuffer();
  return [r, g, b];
}

/** A PNG of zeros by hand: it can claim sizes and depths that would take long to encode. */
export function pngOfZeros(width: number, height: number, bitsPerPixel: 1 | 24): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitsPerPixel === 1 ? 1 : 8;
  header[9] = bitsPerPixel === 1 ? 0 : 2;
  const rows = Buffer.alloc((1 + Math.ceil((width * bitsPerPixel) / 8)) * height);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows, { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const typeAndData = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), typeAndData, uint32(crc32(typeAndData))]);
}

/** Puts an application segment right behind a JPEG's start marker. */
export function withJpegSegment(jpeg: Buffer, marker: number, payload: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, payload, jpeg.subarray(2)]);
}

/** Puts segments of 64 KB of metadata, `bytes` in all, before everything else of a JPEG. */
export function withJpegMetadata(jpeg: Buffer, bytes: number): Buffer {
  const payload = Buffer.alloc(65_533, 'metadata ');
  let grown = jpeg;
  while (grown.length - jpeg.length < bytes) grown = withJpegSegment(grown, 0xe2, payload);
  return grown;
}

/** Puts bytes before a JPEG's frame header, which says its size. */
export function withBytesBeforeFrame(jpeg: Buffer, ...bytes: number[]): Buffer {
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return Buffer.concat([jpeg.subarray(0, frame), Buffer.from(bytes), jpeg.subarray(frame)]);
}

/** A file's first bytes as they come from S3: what follows in the file does not lie behind them in memory. */
export function opening(file: Buffer, maxBytes = file.length): Buffer {
  const memory = new Uint8Array(Math.min(maxBytes, file.length));
  file.copy(memory);
  return Buffer.from(memory.buffer);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
