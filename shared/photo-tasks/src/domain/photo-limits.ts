import { type Rejected, rejected } from './task-outcome.ts';

/**
 * What a photo may measure. The upper bounds are about memory: a file of some kilobytes can claim billions of pixels,
 * and one side of a long strip cannot shrink while decoding, as the other is short already.
 */
export interface PhotoLimits {
  readonly minSidePx: number;
  readonly maxSidePx: number;
  /** Width times height. */
  readonly maxPixels: number;
}

/** Takes phones' 50-megapixel modes, full-frame cameras and sweep panoramas. */
export const defaultPhotoLimits: PhotoLimits = { minSidePx: 32, maxSidePx: 30_000, maxPixels: 60_000_000 };

/** Checks a photo's size in pixels against the limits; undefined means that it is within them. */
export function rejectSize(width: number, height: number, limits: PhotoLimits): Rejected | undefined {
  const size = `The photo is ${width} x ${height} pixels`;
  if (Math.min(width, height) < limits.minSidePx) {
    return rejected('IMAGE_TOO_SMALL', `${size}; each side needs at least ${limits.minSidePx}. Choose a larger photo.`);
  }
  if (Math.max(width, height) > limits.maxSidePx) {
    return rejected(
      'IMAGE_TOO_LARGE',
      `${size}; a side may have at most ${limits.maxSidePx}. Crop it or make it smaller.`,
    );
  }
  if (width * height > limits.maxPixels) {
    const maxMegapixels = limits.maxPixels / 1e6;
    return rejected('IMAGE_TOO_LARGE', `${size}, more than ${maxMegapixels} megapixels. Upload a smaller copy.`);
  }
  return undefined;
}
