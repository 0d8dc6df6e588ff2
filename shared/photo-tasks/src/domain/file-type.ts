import { type Rejected, rejected } from './task-outcome.ts';

/** File types that a workflow may allow, by the names its environment uses, as they are called in a sentence. */
export const fileTypes = { jpg: 'JPEG', png: 'PNG', webp: 'WebP' } as const;
export type FileType = keyof typeof fileTypes;

/** By content: the name and the content type are only what the sender claims. */
export function fileTypeOf(opening: Buffer): FileType | undefined {
  const text = opening.toString('latin1', 0, 12);
  if (text.startsWith('\xff\xd8\xff')) return 'jpg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  return /^RIFF....WEBP/s.test(text) ? 'webp' : undefined;
}

/** Checks a file's type by its first bytes; undefined means that it is one of those allowed. */
export function rejectFileType(
  opening: Buffer,
  allowed: readonly FileType[] = Object.keys(fileTypes) as FileType[],
): Rejected | undefined {
  const type = fileTypeOf(opening);
  if (type && allowed.includes(type)) return undefined;
  const names = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(allowed.map((name) => fileTypes[name]));
  return rejected(
    'UNSUPPORTED_TYPE',
    isHeic(opening)
      ? `HEIC photos do not show in every browser. Save the photo as ${names} and upload that.`
      : `This file is not a ${names} photo. Save the photo as ${names} and upload that.`,
  );
}

/** HEIC is what iPhones save, hence worth a hint of its own. */
const isHeic = (opening: Buffer) => /^ftyp(he[iv][cmsx]|mif1|msf1)$/.test(opening.toString('latin1', 4, 12));

export const unreadable = rejected(
  'UNREADABLE_IMAGE',
  'The photo is damaged or incomplete. Upload it again, or save a new copy of it first.',
);
