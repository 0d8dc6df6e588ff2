import type { Rendition } from '@happy-path/photos/photo-record';

/** A tile is always exactly this square, whatever the photo: the page's grid relies on it. */
export const tileSidePx = 400;

/** A photo is never enlarged to this width; a tall one is narrower, so that it fits the height. */
export const scaledWidthPx = 600;
export const scaledMaxHeightPx = 1800;

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
