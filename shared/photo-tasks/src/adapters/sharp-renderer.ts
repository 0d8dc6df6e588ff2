import sharp, { type OutputInfo, type ResizeOptions, type Sharp } from 'sharp';
import { unreadable } from '../domain/file-type.ts';
import type { PhotoLimits } from '../domain/photo-limits.ts';
import {
  type EncodedRendition,
  type Rendered,
  scaledMaxHeightPx,
  scaledWidthPx,
  tileSidePx,
} from '../domain/renditions.ts';
import type { Rejected } from '../domain/task-outcome.ts';
import { cameraFacts } from './exif-camera-facts.ts';
import { type OpenPhoto, openPhoto, unlessDamaged } from './sharp-photo.ts';

/** What is asked of each rendition. */
const sizes: Record<EncodedRendition['kind'], ResizeOptions> = {
  tile: { width: tileSidePx, height: tileSidePx, fit: 'cover' },
  scaled: { width: scaledWidthPx, height: scaledMaxHeightPx, fit: 'inside', withoutEnlargement: true },
};

/**
 * WebP effort by measurement (bench/README.md): at sharp's default of 4 both WebP files take longer than decoding a
 * 12-megapixel photo, for 4 to 6 % fewer bytes than at 2.
 */
const encoders: Record<EncodedRendition['type'], (image: Sharp) => Sharp> = {
  'image/jpeg': (image) => image.jpeg({ quality: 80 }),
  'image/webp': (image) => image.webp({ quality: 75, effort: 2 }),
};

/** Makes a photo's renditions, without any metadata. REJECTED and thrown errors are as for {@link openPhoto}. */
export async function render(
  photo: Buffer,
  limits: PhotoLimits,
  types: readonly EncodedRendition['type'][] = ['image/jpeg', 'image/webp'],
): Promise<Rendered | Rejected> {
  const opened = await openPhoto(photo, limits);
  if (opened.outcome === 'REJECTED') return opened;
  const pixels = await unlessDamaged(smallestForAll(opened));
  if (pixels === undefined) return unreadable;
  const kinds = ['tile', 'scaled'] as const;
  const renditions = await Promise.all(kinds.flatMap((kind) => types.map((type) => encode(pixels, kind, type))));
  const { width, height, header } = opened;
  return { outcome: 'RENDERED', width, height, renditions, ...cameraFacts(header.exif) };
}

interface Pixels {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/**
 * Decodes once, to pixels just large enough for every size: what remains of decoding a JPEG is reading the entropy-coded
 * data, and a pipeline per size would pay for that each time (sharp's clone() does not share it).
 */
function smallestForAll({ decode }: OpenPhoto): Promise<Pixels> {
  return decode({ width: scaledWidthPx, height: tileSidePx, fit: 'outside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

async function encode(
  { data, info: { width, height, channels } }: Pixels,
  kind: EncodedRendition['kind'],
  type: EncodedRendition['type'],
): Promise<EncodedRendition> {
  const image = sharp(data, { raw: { width, height, channels } }).resize(sizes[kind]);
  const encoded = await encoders[type](image).toBuffer({ resolveWithObject: true });
  return { kind, type, width: encoded.info.width, height: encoded.info.height, data: encoded.data };
}
