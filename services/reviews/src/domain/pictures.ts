import { randomBytes } from 'node:crypto';
import type { RejectionReason, Rendition } from '@happy-path/photos/photo-record';

/** How many pictures a review may have; refused ones are not counted. */
export const maxPictures = 5;
/** How many refused ones are remembered, for their author to read why. */
const maxRefused = 10;
/** How long a place is kept for an upload, in seconds: longer than its URL works, for a slow line. */
const keptSeconds = 3600;

/** One picture of a review. */
export interface Picture {
  /** PENDING: may still be uploaded, or is being prepared. */
  readonly status: 'PENDING' | 'PUBLISHED' | 'REJECTED';
  /** When its place was taken, ISO 8601. */
  readonly createdAt: string;
  readonly correlationId: string;
  /** The uploaded version that was judged. */
  readonly versionId?: string;
  readonly reason?: RejectionReason;
  readonly reasonDetail?: string;
  /** Upright size of the original in pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly renditions?: readonly Rendition[];
}

/** A review's pictures by their ids. */
export type Pictures = Readonly<Record<string, Picture>>;

/** 128 random bits, so that knowing one gives no other. */
export const newMediaId = (): string => randomBytes(16).toString('hex');

export const mediaKey = (reviewId: string, mediaId: string): string => `${mediaFolder(reviewId)}${mediaId}`;
/** Folder of a review's originals in the media bucket. */
export const mediaFolder = (reviewId: string): string => `media/${reviewId}/`;
/** Folder of a review's renditions in the distribution bucket; the CDN serves it under the same path. */
export const renditionFolder = (reviewId: string): string => `reviews/${reviewId}/`;

/** The ids in an original's key; undefined for a key this system never handed out. */
export function idsOfKey(key: string): { reviewId: string; mediaId: string } | undefined {
  const [, reviewId, mediaId] = /^media\/([0-9a-f]{32})\/([0-9a-f]{32})$/.exec(key) ?? [];
  return reviewId !== undefined && mediaId !== undefined ? { reviewId, mediaId } : undefined;
}

/** A picture that was never uploaded, and whose place is free again. */
export const isLapsed = ({ status, createdAt }: Picture, now: Date): boolean =>
  status === 'PENDING' && Date.parse(createdAt) + keptSeconds * 1000 < now.getTime();

/** Whether there is room for one more picture, and which ones make way for it: lapsed ones, and the oldest refused ones. */
export function roomIn(pictures: Pictures, now: Date): { hasRoom: boolean; making: string[] } {
  const entries = Object.entries(pictures).sort(([, a], [, b]) => b.createdAt.localeCompare(a.createdAt));
  const lapsed = entries.filter(([, picture]) => isLapsed(picture, now));
  const refused = entries.filter(([, { status }]) => status === 'REJECTED');
  const counted = entries.length - lapsed.length - refused.length;
  const making = [...lapsed, ...refused.slice(maxRefused)].map(([mediaId]) => mediaId);
  return { hasRoom: counted < maxPictures, making };
}
