import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { photoIdPattern } from '@happy-path/photos/upload-complete';
import * as z from 'zod/mini';
import type { TableChange } from '../domain/photo-news.ts';

const key = z.object({ S: z.string() });
const image = z.record(z.string(), z.custom<AttributeValue>());

const streamRecord = z.object({
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: z.object({
    SequenceNumber: z.string().check(z.minLength(1)),
    Keys: z.object({ PK: key, SK: key }),
    NewImage: z.optional(image),
    OldImage: z.optional(image),
  }),
});
type StreamRecord = z.infer<typeof streamRecord>;

const batch = z.object({
  Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: z.string().check(z.minLength(1)) }) })),
});

/** A record whose content nobody has looked at yet. */
export interface Unread {
  readonly sequenceNumber: string;
  /** Records of one item are to be passed on in their order; undefined when the record does not tell its item. */
  readonly item: string | undefined;
  /** As it came. */
  readonly raw: unknown;
  /** @throws when the record should tell of a photo and does not. */
  readonly read: () => TableChange | undefined;
}

/** @throws when this is no batch of a stream */
export function recordsOf(event: unknown): Unread[] {
  z.parse(batch, event);
  return (event as { Records: { dynamodb: { SequenceNumber: string } }[] }).Records.map((record) => {
    const keys = z.safeParse(z.object({ dynamodb: z.object({ Keys: z.object({ PK: key, SK: key }) }) }), record);
    return {
      sequenceNumber: record.dynamodb.SequenceNumber,
      item: keys.success ? `${keys.data.dynamodb.Keys.PK.S}/${keys.data.dynamodb.Keys.SK.S}` : undefined,
      raw: record,
      read: () => changeOf(z.parse(streamRecord, record)),
    };
  });
}

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

const terminal: unknown[] = endedPhoto.shape.objStatus.options;

/**
 * What the record says, undefined when it is about something else. The mapping's filters let only these through; they do
 * not hold when somebody delivers records by hand.
 */
function changeOf({ eventName, dynamodb: { Keys, NewImage, OldImage } }: StreamRecord): TableChange | undefined {
  if (NewImage === undefined) return undefined;
  if (Keys.PK.S.startsWith('photo#') && Keys.SK.S === 'workflow') {
    const isEnd = terminal.includes(NewImage['objStatus']?.S) && !terminal.includes(OldImage?.['objStatus']?.S);
    if (eventName !== 'MODIFY' || !isEnd) return undefined;
    // The sweep ends a photo without saying when in a field of its own.
    const { updatedAt, processedAt = updatedAt, ...photo } = z.parse(endedPhoto, unmarshall(NewImage));
    return { kind: 'ended', photo: { ...photo, endedAt: processedAt } };
  }
  if (eventName !== 'INSERT' || !Keys.PK.S.startsWith('place#') || !Keys.SK.S.startsWith('photo#')) return undefined;
  return { kind: 'appeared', photo: z.parse(publishedPhoto, unmarshall(NewImage)) };
}
