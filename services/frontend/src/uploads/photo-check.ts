import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';
import type { UploadProblem } from './upload-item.ts';

/** The server's rules (`upload` of the run-time configuration). It checks again: these spare the visitor the wait. */
export interface PhotoRules {
  readonly maxBytes: number;
  /** Media types. */
  readonly types: readonly string[];
  readonly minSidePx: number;
  /** The server's own bound unless given. */
  readonly maxSidePx?: number;
  /** Width times height. */
  readonly maxPixels: number;
}

export type PhotoCheck =
  | { readonly ok: true; readonly contentType: string }
  | { readonly ok: false; readonly problem: UploadProblem };

/** As of `defaultPhotoLimits` of the workflows. */
const defaultMaxSidePx = 30_000;

/** Any type's mark stands within these; WebP needs 30 bytes for its size. */
const markBytes = 32;

/**
 * How much is read, one after the other, until the size is found: the same steps as the server's. Nearly every photo says
 * it in the first 64 KiB; a preview or a depth map can stand before it.
 */
const openings = [64 * 1024, 1024 * 1024, undefined];

const readers = { 'image/jpeg': JPG, 'image/png': PNG, 'image/webp': WEBP };
type KnownType = keyof typeof readers;

/** What can be said without reading the file. */
export function checkBytes(bytes: number, rules: PhotoRules): UploadProblem | undefined {
  if (bytes === 0) return { code: 'EMPTY_FILE' };
  if (bytes > rules.maxBytes) return { code: 'FILE_TOO_LARGE', values: { bytes, maxBytes: rules.maxBytes } };
  return undefined;
}

/**
 * Checks a photo by its content: name and media type are only what the sender claims. Nothing is decoded, so a file of some
 * kilobytes that unpacks to gigabytes costs no more than any other.
 *
 * @throws when it cannot be read just now
 */
export async function checkPhoto(file: Blob, rules: PhotoRules): Promise<PhotoCheck> {
  const wrongBytes = checkBytes(file.size, rules);
  if (wrongBytes) return refuse(wrongBytes);
  try {
    const mark = await read(file, markBytes);
    const contentType = typeOf(mark);
    if (!contentType || !rules.types.includes(contentType)) {
      return refuse(isHeic(mark) ? { code: 'HEIC' } : { code: 'UNSUPPORTED_TYPE' });
    }
    const size = await sizeOf(file, contentType);
    if (!size) return refuse({ code: 'UNREADABLE_IMAGE' });
    const wrongSize = checkSize(size.width, size.height, rules);
    return wrongSize ? refuse(wrongSize) : { ok: true, contentType };
  } catch (error) {
    if (isGone(error)) return refuse({ code: 'FILE_GONE' });
    throw error;
  }
}

/** Whether a file that was chosen is still there, and as it was. @throws when it cannot be read just now */
export const isReadable = (file: Blob): Promise<boolean> =>
  read(file, 1).then(
    () => true,
    (error: unknown) => {
      if (isGone(error)) return false;
      throw error;
    },
  );

/** The file was moved or changed since it was chosen, or may not be read: https://w3c.github.io/FileAPI/#file-error */
const isGone = (error: unknown): boolean =>
  error instanceof DOMException && ['NotFoundError', 'NotReadableError'].includes(error.name);

const refuse = (problem: UploadProblem): PhotoCheck => ({ ok: false, problem });

const read = async (file: Blob, bytes?: number) => new Uint8Array(await file.slice(0, bytes).arrayBuffer());

const latin1 = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

function typeOf(mark: Uint8Array): KnownType | undefined {
  const text = latin1(mark, 0, 12);
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  return /^RIFF....WEBP/s.test(text) ? 'image/webp' : undefined;
}

/** HEIC is what iPhones save, hence worth a hint of its own. */
const isHeic = (mark: Uint8Array) => /^ftyp(he[iv][cmsx]|mif1|msf1)$/.test(latin1(mark, 4, 12));

/** EXIF orientations from this one on lie on their side. */
const firstTurned = 5;

/** Upright, in pixels. */
async function sizeOf(file: Blob, contentType: KnownType): Promise<{ width: number; height: number } | undefined> {
  for (const bytes of openings) {
    const opening = await read(file, bytes);
    try {
      const { width, height, orientation = 1 } = readers[contentType].calculate(opening);
      if (!(width > 0 && height > 0)) return undefined;
      return orientation < firstTurned ? { width, height } : { width: height, height: width };
    } catch {
      // "Too short" and "damaged" look the same: reading on tells.
    }
    if (opening.length < (bytes ?? Number.POSITIVE_INFINITY)) return undefined;
  }
  return undefined;
}

function checkSize(width: number, height: number, rules: PhotoRules): UploadProblem | undefined {
  const maxSidePx = rules.maxSidePx ?? defaultMaxSidePx;
  if (Math.min(width, height) < rules.minSidePx) {
    return { code: 'IMAGE_TOO_SMALL', values: { width, height, minSidePx: rules.minSidePx } };
  }
  if (Math.max(width, height) > maxSidePx) return { code: 'SIDE_TOO_LONG', values: { width, height, maxSidePx } };
  if (width * height > rules.maxPixels) {
    return { code: 'IMAGE_TOO_LARGE', values: { width, height, maxMegapixels: rules.maxPixels / 1e6 } };
  }
  return undefined;
}
