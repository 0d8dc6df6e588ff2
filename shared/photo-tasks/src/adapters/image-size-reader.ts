import { isDeepStrictEqual } from 'node:util';
import { imageSize } from 'image-size';

/** EXIF orientations from this one on lie on their side. */
const firstTurned = 5;

/**
 * image-size does not ask where a short file ends, and would read other memory behind it. A size that depends on what is
 * put there instead is not the photo's: the opening ends within it.
 */
const paddings = [0x00, 0xff].map((byte) => Buffer.alloc(64, byte));

/**
 * Reads a photo's upright size in pixels off the beginning of its file.
 *
 * @returns undefined when the opening does not tell: the size stands further on, or the file is damaged
 */
export function readSize(opening: Buffer): { width: number; height: number } | undefined {
  const [size, ...others] = paddings.map((padding) => sizeIn(Buffer.concat([opening, padding])));
  return others.every((other) => isDeepStrictEqual(other, size)) ? size : undefined;
}

function sizeIn(file: Buffer): { width: number; height: number } | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(file);
    if (width === 0 || height === 0) return undefined;
    return orientation < firstTurned ? { width, height } : { width: height, height: width };
  } catch {
    return undefined;
  }
}
