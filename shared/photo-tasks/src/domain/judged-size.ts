/** Small things in a photo stay recognisable at this size, and its JPEG stays far below Rekognition's 5 MB. */
const longSidePx = 1600;
/** A panorama may be longer than that, so that what it shows stays at least this high. */
const shortSidePx = 320;
/** Rekognition's own bounds for a side (Developer Guide, "Guidelines and quotas"). */
const leastSidePx = 80;
const mostSidePx = 10_000;

/**
 * Size in pixels of the copy that Rekognition judges: smaller than the photo, or enlarged to the least that Rekognition
 * takes. The shape is the photo's, but for strips so narrow that no size within the bounds has it.
 */
export function judgedSize(width: number, height: number): { width: number; height: number } {
  const [short, long] = width < height ? [width, height] : [height, width];
  const wanted = Math.min(1, Math.max(longSidePx / long, shortSidePx / short));
  const scale = Math.min(mostSidePx / long, Math.max(wanted, leastSidePx / short));
  const scaled = (side: number) => Math.max(leastSidePx, Math.round(side * scale));
  return { width: scaled(width), height: scaled(height) };
}
