import { imageSize } from 'image-size';

/** EXIF orientations from this one on lie on their side. */
const firstTurned = 5;

/** image-size does not ask where a short file ends; zeros behind it say no size, where other memory might. */
const padding = Buffer.alloc(64);

/**
 * Reads a photo's upright size in pixels off the beginning of its file.
 *
 * @returns undefined when the opening does not tell: the size stands further on, or the file is damaged
 */
export function readSize(opening: Buffer): { width: number; height: number } | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(Buffer.concat([opening, padding]));
    if (width === 0 || height === 0) return undefined;
    return orientation < firstTurned ? { width, height } : { width: height, height: width };
  } catch {
    return undefined;
  }
}
