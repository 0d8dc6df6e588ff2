import sharp, { type Metadata, type ResizeOptions, type Sharp } from 'sharp';
import { rejectFileType, unreadable } from '../domain/file-type.ts';
import { type PhotoLimits, rejectSize } from '../domain/photo-limits.ts';
import type { Rejected } from '../domain/task-outcome.ts';

// Uploads come from strangers: only the three loaders that photos need may run, no SVG, PDF, GIF, TIFF or HEIF parser.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
// No photo is seen twice, so cached ones would only hold memory.
sharp.cache(false);
// One libvips thread per image: the function has about one vCPU, and every further thread holds buffers of its own.
sharp.concurrency(1);

/** A photo of an accepted type and size, not decoded yet. */
export interface OpenPhoto {
  readonly outcome: 'OPEN';
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly header: Metadata;
  /**
   * Decodes to pixels of the size asked for: upright, sRGB, white where the photo is transparent, the first frame of an
   * animation. JPEG shrinks while it decodes.
   */
  readonly decode: (size: ResizeOptions) => Sharp;
}

/**
 * Reads a photo's header. Only what is wrong with the photo itself is REJECTED. Anything else, such as a lack of memory,
 * is thrown, so that the workflow tries again.
 */
export async function openPhoto(photo: Buffer, limits: PhotoLimits): Promise<OpenPhoto | Rejected> {
  const wrongType = rejectFileType(photo);
  if (wrongType) return wrongType;
  const header = await unlessDamaged(sharp(photo, { limitInputPixels: false }).metadata());
  if (header === undefined) return unreadable;
  const { width, height } = header.autoOrient;
  return (
    rejectSize(width, height, limits) ?? {
      outcome: 'OPEN',
      width,
      height,
      header,
      decode: (size) => decode(photo, header, limits, size),
    }
  );
}

function decode(photo: Buffer, header: Metadata, limits: PhotoLimits, size: ResizeOptions): Sharp {
  const image = sharp(photo, {
    autoOrient: true,
    // sharp's default, 'warning', refuses photos of some Samsung phones that every browser shows
    // (https://github.com/lovell/sharp/issues/1578). A truncated file is refused at 'error' too.
    failOn: 'error',
    limitInputPixels: limits.maxPixels,
  });
  // sharp works on 16 bits in Display P3 and raw pixels would stay in it. Not for all: this switches off shrinking on load.
  if (header.depth === 'ushort') image.pipelineColourspace('srgb');
  return image.resize(size).flatten({ background: '#fff' });
}

/** Resolves to undefined where the photo's own bytes are at fault; any other failure is thrown on. */
export async function unlessDamaged<T>(work: Promise<T>): Promise<T | undefined> {
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
