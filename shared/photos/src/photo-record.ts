/**
 * The photo's row in the application table: what the backend and every workflow version agree on.
 * The backend owns the table; a workflow touches only rows of photos it has claimed.
 */

/** Content types a phone sends and our code can read. */
export const uploadTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;

/** Where a photo stands. The last three are terminal. */
export const photoStatuses = ['PENDING_UPLOAD', 'UPLOADED', 'PROCESSING', 'PROCESSED', 'REJECTED', 'FAILED'] as const;
export type PhotoStatus = (typeof photoStatuses)[number];

/** Why a photo was refused. Shown to its uploader. */
export const rejectionReasons = [
  'IMAGE_TOO_SMALL',
  'IMAGE_TOO_LARGE',
  'UNSUPPORTED_TYPE',
  'UNREADABLE_IMAGE',
  'FAILED_MODERATION',
  'NO_PEOPLE_ALLOWED',
  'UNSUPPORTED_PLACE_TYPE',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** One stored size of a published photo. `key` is the object's key in the distribution bucket. */
export interface Rendition {
  readonly kind: 'tile' | 'scaled';
  readonly type: 'image/jpeg' | 'image/webp';
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** What visitors see of a photo. Location and owner are deliberately not part of it. */
export interface PublishedPhoto {
  readonly photoId: string;
  readonly placeId: string;
  /** When the upload was asked for, ISO 8601. */
  readonly createdAt: string;
  /** Camera's clock, ISO 8601 without a zone where the camera gave none. */
  readonly takenAt?: string | undefined;
  readonly camera?: string | undefined;
  /** Upright size of the original in pixels. */
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly Rendition[];
}

/** The photo's row, PK `photo#<photoId>`, SK `workflow`. */
export interface PhotoRecord {
  readonly photoId: string;
  readonly placeId: string;
  /** Subject (`sub`) of the uploader's token. */
  readonly owner: string;
  readonly objStatus: PhotoStatus;
  readonly contentType: string;
  /** Announced size in bytes; the upload URL is signed for exactly this many. */
  readonly size: number;
  readonly correlationId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly versionId?: string;
  readonly etag?: string;
  readonly sequencer?: string;
  readonly uploadedAt?: string;
  readonly workflow?: string;
  readonly executionId?: string;
  readonly reason?: string;
  readonly reasonDetail?: string;
  /** Set when its owner asked for removal: from then on nothing may publish it. */
  readonly deleteRequestedAt?: string;
}

export const photoKey = (photoId: string) => ({ PK: `photo#${photoId}`, SK: 'workflow' });

export const publishedPhotoKey = (photo: Pick<PhotoRecord, 'placeId' | 'createdAt' | 'photoId'>) => ({
  PK: `place#${photo.placeId}`,
  SK: `photo#${photo.createdAt}#${photo.photoId}`,
});

/** Folder of a photo's renditions in the distribution bucket; the CDN serves it under the same path. */
export const renditionPrefix = (photoId: string) => `photos/${photoId}/`;

/** Open work is spread over this many partitions of GSI2, so that no status is one hot partition. */
export const openWorkShards = 8;

/** Partition of GSI2 that lists unfinished photos of one status. The state machines compute the same in their Claim. */
export const openWorkPartition = (status: string, shard: number) => `open#${status}#${shard}`;

/** A photo's shard: its id's last hexadecimal digit, modulo {@link openWorkShards}. */
export const shardOf = (photoId: string): number => Number.parseInt(photoId.slice(-1), 16) % openWorkShards;

/** GSI2 attributes of an unfinished photo. */
export const openWorkKey = (status: string, photoId: string, since: string) => ({
  GSI2PK: openWorkPartition(status, shardOf(photoId)),
  GSI2SK: since,
});
