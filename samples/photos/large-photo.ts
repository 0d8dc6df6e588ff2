import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

export interface LargePhoto {
  /** Name of a committed sample photo. */
  readonly from: string;
  readonly width: number;
  readonly height: number;
  /** Largest change of a colour value; a sensor's noise, and what makes the file as large as a camera's. */
  readonly noise: number;
  readonly quality: number;
  readonly orientation?: number;
  readonly progressive?: boolean;
}

const cacheFolder = path.resolve(import.meta.dirname, '../../.cache/photos');

/**
 * Makes a JPEG of a camera's size from a sample photo: enlarged, with noise, EXIF and GPS. The same bytes for the same
 * request, kept in .cache/photos so that only the first call takes its second or two.
 */
export async function largePhoto(photo: LargePhoto): Promise<Buffer> {
  const { from, width, height, noise, quality, orientation = 1, progressive = false } = photo;
  const name = [from, width, height, noise, quality, orientation, progressive].join('-');
  const file = path.join(cacheFolder, `${name}.jpg`);
  if (existsSync(file)) return readFile(file);

  // Not the path: where the renderer is loaded too, sharp reads from memory only.
  const source = await readFile(path.join(import.meta.dirname, from));
  const pixels = await sharp(source).resize({ width, height, kernel: 'linear' }).raw().toBuffer();
  addNoise(pixels, noise);
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation })
    .withExif({
      IFD0: { Make: 'Happy', Model: 'Happy Phone 3' },
      IFD2: { DateTimeOriginal: '2026:06:01 12:30:45', OffsetTimeOriginal: '+02:00' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 30/1 52/1', GPSLongitudeRef: 'E', GPSLongitude: '13/1 21/1 0/1' },
    })
    .jpeg({ quality, progressive })
    .toBuffer();

  await mkdir(cacheFolder, { recursive: true });
  // By way of a name of its own, so that no other process ever reads half a photo.
  await writeFile(`${file}.${process.pid}`, jpeg);
  await rename(`${file}.${process.pid}`, file);
  return jpeg;
}

/** Adds numbers of a fixed sequence (Numerical Recipes' generator) between minus and plus `noise`. */
function addNoise(pixels: Buffer, noise: number) {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  const scale = noise / 0x8000_0000;
  let state = 1;
  for (let i = 0; i < clamped.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    clamped[i] = (clamped[i] ?? 0) + state * scale;
  }
}
