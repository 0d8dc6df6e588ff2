import { randomBytes } from 'node:crypto';

/** How long a photo may stay PENDING_UPLOAD before the table's TTL drops it, in seconds. The sweep is earlier. */
export const pendingUploadSeconds = 24 * 3600;

/** A photo's id: 128 random bits, so that knowing one gives no other. */
export const newPhotoId = (): string => randomBytes(16).toString('hex');

export const uploadKey = (photoId: string): string => `uploads/${photoId}`;

/** The id of a photo from its object's key; undefined for a key this system never handed out. */
export const photoIdOfKey = (key: string): string | undefined => /^uploads\/([0-9a-f]{32})$/.exec(key)?.[1];
