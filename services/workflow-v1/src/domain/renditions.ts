import type { RejectionReason, Rendition } from '@happy-path/photos/photo-record';

/** A tile is always exactly this square, whatever the photo: the page's grid relies on it. */
export const tileSidePx = 400;

/** A photo is never enlarged to this width; a tall one is narrower, so that it fits the height. */
export const scaledWidthPx = 600;
export const scaledMaxHeightPx = 1800;

/**
 * What a photo may measure. The upper bounds are about memory: a file of some kilobytes can claim billions of pixels,
 * and one side of a long strip cannot shrink while decoding, as the other is short already.
 */
export interface RenderLimits {
  readonly minSidePx: number;
  readonly maxSidePx: number;
  /** Width times height. */
  readonly maxPixels: number;
}

/** Takes phones' 50-megapixel modes, full-frame cameras and sweep panoramas. */
export const defaultRenderLimits: RenderLimits = { minSidePx: 32, maxSidePx: 30_000, maxPixels: 60_000_000 };

/** One encoded size of a photo, not stored yet. */
export type EncodedRendition = Pick<Rendition, 'kind' | 'type' | 'width' | 'height'> & { readonly data: Buffer };

/** The only facts taken from a photo's metadata; its location is not among them. */
export interface CameraFacts {
  /** Camera's clock, ISO 8601, with an offset where the camera gave one. */
  readonly takenAt?: string;
  /** Maker and model: printable ASCII, at most 64 characters. */
  readonly camera?: string;
}

/** `width` and `height` are the original's pixels, the way up it is meant to be seen. */
export interface Rendered extends CameraFacts {
  readonly outcome: 'RENDERED';
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly EncodedRendition[];
}

export interface RenderRejected {
  readonly outcome: 'REJECTED';
  readonly reason: Extract<
    RejectionReason,
    'UNSUPPORTED_TYPE' | 'UNREADABLE_IMAGE' | 'IMAGE_TOO_LARGE' | 'IMAGE_TOO_SMALL'
  >;
  /** For the visitor: what is wrong and what to do about it. */
  readonly reasonDetail: string;
}

export type RenderOutcome = Rendered | RenderRejected;

/** Checks a photo's size in pixels against the limits; undefined means that it is within them. */
export function rejectSize(width: number, height: number, limits: RenderLimits): RenderRejected | undefined {
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

export function rejected(reason: RenderRejected['reason'], reasonDetail: string): RenderRejected {
  return { outcome: 'REJECTED', reason, reasonDetail };
}
