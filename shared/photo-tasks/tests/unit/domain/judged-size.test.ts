import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgedSize } from '../../../src/domain/judged-size.ts';

describe('the copy that is judged of', () => {
  it.each([
    { of: 'a phone photo', photo: [4032, 3024], copy: [1600, 1200] },
    { of: 'a portrait', photo: [3024, 4032], copy: [1200, 1600] },
    { of: 'a photo that is small already', photo: [1280, 720], copy: [1280, 720] },
    { of: 'a sweep panorama', photo: [12_000, 1500], copy: [2560, 320] },
    { of: 'a small picture', photo: [100, 100], copy: [100, 100] },
    { of: 'a picture smaller than Rekognition takes', photo: [64, 32], copy: [160, 80] },
    { of: 'a strip longer than Rekognition takes', photo: [30_000, 600], copy: [10_000, 200] },
    { of: 'a strip that no size within the bounds has the shape of', photo: [30_000, 32], copy: [10_000, 80] },
  ])('$of of $photo has $copy pixels', ({ photo: [width = 0, height = 0], copy }) => {
    expect(Object.values(judgedSize(width, height))).toEqual(copy);
  });
});

describe('whatever the photo measures, its copy', () => {
  const side = fc.integer({ min: 1, max: 30_000 });
  const anyPhoto = (holds: (photo: Size, copy: Size) => void) =>
    fc.assert(
      fc.property(side, side, (width, height) => holds({ width, height }, judgedSize(width, height))),
      { numRuns: 2000, examples: corners },
    );

  it('has sides that Rekognition takes: whole pixels, 80 to 10,000', () => {
    anyPhoto((_, copy) => {
      for (const pixels of [copy.width, copy.height]) {
        expect(Number.isInteger(pixels)).toBe(true);
        expect(pixels).toBeGreaterThanOrEqual(80);
        expect(pixels).toBeLessThanOrEqual(10_000);
      }
    });
  });

  it('keeps the shape, to a pixel, unless it is a strip of more than 125 to 1', () => {
    anyPhoto((photo, copy) => {
      if (long(photo) / short(photo) > 10_000 / 80) {
        expect([short(copy), long(copy)]).toEqual([80, 10_000]);
        expect(copy.width > copy.height).toBe(photo.width > photo.height);
      } else {
        const shape = photo.width / photo.height;
        expect(Math.abs(copy.width / copy.height / shape - 1)).toBeLessThanOrEqual(1 / short(copy));
      }
    });
  });

  it('is enlarged only where a side is below 80, and no further than that', () => {
    anyPhoto((photo, copy) => {
      if (short(photo) >= 80) {
        expect(copy.width).toBeLessThanOrEqual(photo.width);
        expect(copy.height).toBeLessThanOrEqual(photo.height);
      } else expect(short(copy)).toBe(80);
    });
  });

  it('shows as much as it can: the photo itself, 1600 pixels, or 320 of the short side', () => {
    anyPhoto((photo, copy) => {
      const whole = copy.width === photo.width && copy.height === photo.height;
      const asLongAsTaken = long(copy) === 10_000;
      expect(whole || asLongAsTaken || long(copy) >= 1600 || short(copy) === 80).toBe(true);
      if (short(photo) >= 320 && !asLongAsTaken) expect(short(copy)).toBeGreaterThanOrEqual(320);
    });
  });

  it('has few enough pixels for 5 MB of JPEG', () => {
    anyPhoto((_, copy) => {
      expect(copy.width * copy.height).toBeLessThanOrEqual(3_200_000);
    });
  });

  it('is the same for a photo that lies on its side', () => {
    anyPhoto(({ width, height }, copy) => {
      expect(judgedSize(height, width)).toEqual({ width: copy.height, height: copy.width });
    });
  });
});

interface Size {
  readonly width: number;
  readonly height: number;
}

const short = ({ width, height }: Size) => Math.min(width, height);
const long = ({ width, height }: Size) => Math.max(width, height);

/** Sides at which the rule changes. */
const edges = [1, 79, 80, 81, 320, 1600, 1601, 10_000, 10_001, 30_000];
const corners = edges.flatMap((width) => edges.map((height): [number, number] => [width, height]));
