import { logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';

/** One S3 object as its event describes it. */
export interface ArrivedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly etag: string;
  readonly size: number;
  /** S3's order of events on one key; absent where the arrival was found by asking, not told by an event. */
  readonly sequencer?: string | undefined;
}

const notification = z.object({ Records: z.array(z.unknown()) });

const record = z.object({
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z._default(z.number(), 0),
      eTag: z._default(z.string(), ''),
      versionId: z.optional(z.string()),
      sequencer: z.optional(z.string()),
    }),
  }),
});

/**
 * The objects that an S3 notification tells of. What is no notification of a new, versioned object (S3's own test event,
 * a folder, another kind of event) is logged and left out.
 */
export function arrivedObjects(event: unknown): ArrivedObject[] {
  const parsed = z.safeParse(notification, event);
  if (!parsed.success) {
    logger.warn('not an S3 notification, ignored', { issues: parsed.error.issues });
    return [];
  }
  return parsed.data.Records.flatMap(arrivedObject);
}

function arrivedObject(input: unknown): ArrivedObject[] {
  const parsed = z.safeParse(record, input);
  if (!parsed.success) {
    logger.warn('not a record of an S3 notification, ignored', { issues: parsed.error.issues });
    return [];
  }
  const { eventName, s3 } = parsed.data;
  const key = decodeKey(s3.object.key);
  if (!eventName.startsWith('ObjectCreated:') || s3.object.versionId === undefined || key.endsWith('/')) {
    logger.warn('no new object, ignored', { eventName, key });
    return [];
  }
  const { versionId, eTag: etag, size, sequencer } = s3.object;
  return [{ bucket: s3.bucket.name, key, versionId, etag, size, sequencer }];
}

/** Keys come form-encoded: a plus is a space. A key that is not valid encoding is taken as it is. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
