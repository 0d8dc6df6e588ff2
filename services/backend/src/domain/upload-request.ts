import { createHash, randomBytes } from 'node:crypto';

/** Content types a phone sends and the workflows can read. */
export const uploadTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;

/** How long an upload URL works, in seconds. */
export const uploadUrlSeconds = 300;

/** How long a photo may stay PENDING_UPLOAD before the table's TTL drops it, in seconds. The sweep is earlier. */
export const pendingUploadSeconds = 24 * 3600;

/** A photo's id: 128 random bits, so that knowing one gives no other. */
export const newPhotoId = (): string => randomBytes(16).toString('hex');

export const uploadKey = (photoId: string): string => `uploads/${photoId}`;

/** The id of a photo from its object's key; undefined for a key this system never handed out. */
export const photoIdOfKey = (key: string): string | undefined => /^uploads\/([0-9a-f]{32})$/.exec(key)?.[1];

/**
 * Id of a place. With an idempotency key it derives from caller and key, so that a repeated request finds the first
 * one's place instead of adding another.
 */
export const placeIdFor = (owner: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined
    ? randomBytes(12).toString('hex')
    : createHash('sha256').update(`${owner}\n${idempotencyKey}`).digest('hex').slice(0, 24);
