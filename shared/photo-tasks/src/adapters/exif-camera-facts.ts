import readExif from 'exif-reader';
import type { CameraFacts } from '../domain/renditions.ts';

const exifReadBytes = 4096;

/** Never fails a photo: EXIF that cannot be read is as good as none. */
export function cameraFacts(exif: Buffer | undefined): CameraFacts {
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
