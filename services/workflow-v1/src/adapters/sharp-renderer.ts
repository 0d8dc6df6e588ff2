import readExif from 'exif-reader';
import sharp, { type Metadata, type OutputInfo, type ResizeOptions, type Sharp } from 'sharp';
import {
  type CameraFacts,
  type EncodedRendition,
  type RenderLimits,
  type RenderOutcome,
  rejected,
  rejectSize,
  scaledMaxHeightPx,
  scaledWidthPx,
  tileSidePx,
} from '../domain/renditions.ts';

// Uploads come from strangers: only the three loaders that photos need may run, no SVG, PDF, GIF, TIFF or HEIF parser.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
// No photo is seen twice, so cached ones would only hold memory.
sharp.cache(false);
// One libvips thread per image: the function has about one vCPU, and every further thread holds buffers of its own.
sharp.concurrency(1);

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

/**
 * Makes a photo's renditions: upright, sRGB, white where it was transparent, the first frame of an animation, and
 * without any metadata.
 *
 * Only what is wrong with the photo itself is REJECTED. Anything else, such as a lack of memory, is thrown, so that the
 * workflow tries again.
 */
export async function render(
  photo: Buffer,
  limits: RenderLimits,
  types: readonly EncodedRendition['type'][] = ['image/jpeg', 'image/webp'],
): Promise<RenderOutcome> {
  if (!isAcceptedType(photo)) {
    return rejected(
      'UNSUPPORTED_TYPE',
      isHeic(photo)
        ? 'HEIC photos do not show in every browser. Save the photo as JPEG and upload that.'
        : 'This file is not a JPEG, PNG or WebP photo. Save the photo as one of these and upload that.',
    );
  }

  const header = await unlessDamaged(sharp(photo, { limitInputPixels: false }).metadata());
  if (header === undefined) return unreadable;
  const { width, height } = header.autoOrient;
  const wrongSize = rejectSize(width, height, limits);
  if (wrongSize) return wrongSize;

  const pixels = await unlessDamaged(decode(photo, header, limits));
  if (pixels === undefined) return unreadable;
  const kinds = ['tile', 'scaled'] as const;
  const renditions = await Promise.all(kinds.flatMap((kind) => types.map((type) => encode(pixels, kind, type))));
  return { outcome: 'RENDERED', width, height, renditions, ...cameraFacts(header.exif) };
}

const unreadable = rejected(
  'UNREADABLE_IMAGE',
  'The photo is damaged or incomplete. Upload it again, or save a new copy of it first.',
);

interface Pixels {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/**
 * Decodes once, to pixels just large enough for every size. JPEG shrinks while it decodes, so what remains is reading
 * the entropy-coded data, and a pipeline per size would pay for that each time (sharp's clone() does not share it).
 */
function decode(photo: Buffer, header: Metadata, limits: RenderLimits): Promise<Pixels> {
  const image = sharp(photo, {
    autoOrient: true,
    // sharp's default, 'warning', refuses photos of some Samsung phones that every browser shows
    // (https://github.com/lovell/sharp/issues/1578). A truncated file is refused at 'error' too.
    failOn: 'error',
    limitInputPixels: limits.maxPixels,
  });
  // sharp works on 16 bits in Display P3 and raw pixels would stay in it. Not for all: this switches off shrinking on load.
  if (header.depth === 'ushort') image.pipelineColourspace('srgb');
  return image
    .resize({ width: scaledWidthPx, height: tileSidePx, fit: 'outside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
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

/** Resolves to undefined where the photo's own bytes are at fault; any other failure is thrown on. */
async function unlessDamaged<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isImageFault(error)) return undefined;
    throw error;
  }
}

/** How sharp (which has no error codes) and its three decoders begin a message about the input. */
const imageFault = /^(Input buffer |VipsJpeg:|vipspng:|webp|Unknown error$)/;

function isImageFault(error: unknown): boolean {
  // "VipsJpeg: Insufficient memory" begins like one, yet is no fault of the photo.
  return error instanceof Error && imageFault.test(error.message) && !/memory/i.test(error.message);
}

/** By content: the name and the content type are only what the sender claims. */
function isAcceptedType(photo: Buffer): boolean {
  const opening = photo.toString('latin1', 0, 12);
  return (
    opening.startsWith('\xff\xd8\xff') || opening.startsWith('\x89PNG\r\n\x1a\n') || /^RIFF....WEBP/s.test(opening)
  );
}

/** HEIC is what iPhones save, hence worth a hint of its own. */
function isHeic(photo: Buffer): boolean {
  return /^ftyp(he[iv][cmsx]|mif1|msf1)$/.test(photo.toString('latin1', 4, 12));
}

const exifReadBytes = 4096;

/** Never fails a photo: EXIF that cannot be read is as good as none. */
function cameraFacts(exif: Buffer | undefined): CameraFacts {
  if (exif === undefined) return {};
  try {
    // These tags stand near the front, ahead of maker notes and thumbnail. The bound matters: each entry may claim the
    // whole block as its value, so a hostile block of 64 KB makes the reader build arrays until the process dies.
    const { Image, Photo } = readExif(exif.subarray(0, exifReadBytes));
    const camera = cameraName(Image?.Make, Image?.Model);
    const takenAt = cameraClock(Photo?.DateTimeOriginal, Photo?.OffsetTimeOriginal);
    return { ...(takenAt && { takenAt }), ...(camera && { camera }) };
  } catch {
    return {};
  }
}

/** The types promise strings and dates; a file can hold anything. */
function cameraName(make: unknown, model: unknown): string {
  const maker = printable(make);
  const name = printable(model);
  return (name.startsWith(maker) ? name : `${maker} ${name}`).trim().slice(0, 64).trim();
}

function printable(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]+/g, ' ').trim() : '';
}

/** EXIF has a clock without a zone, which exif-reader dates as UTC, and since 2016 an offset beside it. */
function cameraClock(time: unknown, offset: unknown): string | undefined {
  // An unset clock reads as year 0 or 1970.
  if (!(time instanceof Date) || !(time.getTime() > Date.UTC(1980))) return undefined;
  const zone = typeof offset === 'string' && /^[+-](0\d|1[0-4]):[0-5]\d$/.test(offset) ? offset : '';
  return time.toISOString().slice(0, 19) + zone;
}
