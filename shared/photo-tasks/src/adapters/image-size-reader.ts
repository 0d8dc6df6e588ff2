import { imageSize } from 'image-size';

/** EXIF orientations from this one on lie on their side. */
const firstTurned = 5;

/**
 * Reads a photo's upright size in pixels off the beginning of its file.
 *
 * @param opening at least 32 bytes or the whole file: of shorter openings of WebP, image-size returns wrong sizes
 * @returns undefined when the size stands further on, or nowhere
 */
export function readSize(opening: Buffer): { width: number; height: number } | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(opening);
    return orientation < firstTurned ? { width, height } : { width: height, height: width };
  } catch {
    // image-size does not tell "too short" from "damaged": both are for the caller to find out by reading on.
    return undefined;
  }
}
