import type { ItemChange } from '@happy-path/aws/table-stream';
import { photoIdPattern } from '@happy-path/photos/upload-complete';
import * as z from 'zod/mini';
import type { TableChange } from '../domain/photo-news.ts';

// Ids become levels of a topic: one with a separator or a wildcard would reach other listeners.
const photoId = z.string().check(z.regex(photoIdPattern));
const placeId = z.string().check(z.regex(/^[a-z0-9-]{1,64}$/));

const endedPhoto = z.object({
  photoId,
  placeId,
  objStatus: z.enum(['PROCESSED', 'REJECTED', 'FAILED']),
  reason: z.optional(z.string()),
  reasonDetail: z.optional(z.string()),
  correlationId: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  processedAt: z.optional(z.string()),
  workflow: z.optional(z.string()),
});

const publishedPhoto = z.object({
  photoId,
  placeId,
  createdAt: z.string(),
  takenAt: z.optional(z.string()),
  camera: z.optional(z.string()),
  width: z.number(),
  height: z.number(),
  renditions: z.array(
    z.object({
      kind: z.enum(['tile', 'scaled']),
      type: z.enum(['image/jpeg', 'image/webp']),
      key: z.string(),
      width: z.number(),
      height: z.number(),
      bytes: z.number(),
    }),
  ),
});

const removedPhoto = z.pick(publishedPhoto, { photoId: true, placeId: true });

const terminal: unknown[] = endedPhoto.shape.objStatus.options;

/**
 * What the change says, undefined when it is about something else. The mapping's filters let only these through; they do
 * not hold when somebody delivers records by hand.
 *
 * @throws when the change should tell of a photo and does not
 */
export function tableChangeOf({ kind, PK, SK, before, after }: ItemChange): TableChange | undefined {
  if (PK.startsWith('place#') && SK.startsWith('photo#')) {
    if (kind === 'INSERT') return { kind: 'appeared', photo: z.parse(publishedPhoto, after) };
    if (kind === 'REMOVE') return { kind: 'removed', photo: z.parse(removedPhoto, before) };
    return undefined;
  }
  if (PK.startsWith('photo#') && SK === 'workflow') {
    const isEnd = terminal.includes(after?.['objStatus']) && !terminal.includes(before?.['objStatus']);
    if (kind !== 'MODIFY' || !isEnd) return undefined;
    // The sweep ends a photo without saying when in a field of its own.
    const { updatedAt, processedAt = updatedAt, ...photo } = z.parse(endedPhoto, after);
    return { kind: 'ended', photo: { ...photo, endedAt: processedAt } };
  }
  return undefined;
}
