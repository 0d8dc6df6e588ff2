import { setTimeout as sleep } from 'node:timers/promises';
import type { ArrivedObject } from '@happy-path/aws/s3-event';
import { ConflictError, NotFoundError } from '@happy-path/http-api/errors';
import type { Rendition } from '@happy-path/photos/photo-record';
import { idsOfKey, maxPictures, newMediaId, type Picture, roomIn } from './pictures.ts';
import type { Review } from './review.ts';

export interface PlacePorts {
  /** Strongly consistent. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /** Adds a picture and drops others. @returns false when the pictures have changed since the review was read, or it is gone */
  addPicture(review: Review, mediaId: string, picture: Picture, dropped: readonly string[]): Promise<boolean>;
}

const tries = 5;
const pauseMs = 50;

/**
 * Takes a place for one more picture of a review.
 *
 * @returns the picture's id
 * @throws NotFoundError when the caller has no such review
 * @throws ConflictError when it has all its pictures
 * @throws QuotaExceededError when the caller has taken as many places today as the day has, also of pictures that were refused
 */
export async function takePlace(
  reviewId: string,
  caller: string,
  correlationId: string,
  ports: PlacePorts,
): Promise<string> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const review = await ports.readReview(reviewId);
    // Somebody else's review is answered like one that does not exist.
    if (review?.author !== caller) throw new NotFoundError(`You have no review ${reviewId}`);
    const now = new Date();
    const { hasRoom, making } = roomIn(review.media, now);
    if (!hasRoom) throw new ConflictError(`A review has at most ${maxPictures} pictures`);
    const mediaId = newMediaId();
    const picture = { status: 'PENDING', createdAt: now.toISOString(), correlationId } as const;
    if (await ports.addPicture(review, mediaId, picture, making)) return mediaId;
    await sleep(Math.random() * pauseMs * attempt);
  }
  throw new Error(`The pictures of review ${reviewId} have changed ${tries} times meanwhile`);
}

/** What became of an original that was looked at. */
export type Rendered =
  | {
      readonly outcome: 'RENDERED';
      readonly width: number;
      readonly height: number;
      /** Stores the renditions. Storing them again changes nothing. */
      readonly store: () => Promise<Rendition[]>;
    }
  | { readonly outcome: 'REJECTED'; readonly reason: NonNullable<Picture['reason']>; readonly reasonDetail: string }
  /** The original is gone. */
  | { readonly outcome: 'WITHDRAWN' };

export interface ArrivalPorts {
  readReview(reviewId: string): Promise<Review | undefined>;
  render(
    object: ArrivedObject,
    folder: { reviewId: string; mediaId: string },
    correlationId: string,
  ): Promise<Rendered>;
  /** Records what a pending picture came to. @returns false when it is pending no more, or gone */
  settlePicture(reviewId: string, mediaId: string, picture: Picture): Promise<boolean>;
  /** Removes what this one upload has brought. */
  removeUpload(object: ArrivedObject): Promise<void>;
  /** Removes a picture's original, whichever upload brought it. */
  removeOriginal(object: ArrivedObject): Promise<void>;
  /** Removes a picture's renditions. */
  removeRenditions(reviewId: string, mediaId: string): Promise<void>;
}

/** FOREIGN: a key this system never handed out, left alone. ORPHAN: its review or its place is gone, and so is the object. */
export type ArrivalOutcome = 'PUBLISHED' | 'REJECTED' | 'WITHDRAWN' | 'FOREIGN' | 'ORPHAN' | 'REPEATED';

/**
 * Looks at an uploaded picture and publishes it with its review. Safe for repeated, late and foreign events.
 *
 * @throws whatever may go well later
 */
export async function recordPicture(object: ArrivedObject, ports: ArrivalPorts): Promise<ArrivalOutcome> {
  const ids = idsOfKey(object.key);
  if (ids === undefined) return 'FOREIGN';
  const { reviewId, mediaId } = ids;
  const picture = (await ports.readReview(reviewId))?.media[mediaId];
  if (picture === undefined) {
    // Prepared before by a delivery that was cut short, it has renditions, too.
    await ports.removeRenditions(reviewId, mediaId);
    await ports.removeOriginal(object);
    return 'ORPHAN';
  }
  if (picture.status !== 'PENDING') {
    // Another upload than the one that was judged, or a refused one whose removal was cut short: nobody looks at it again.
    if (picture.status === 'REJECTED' || picture.versionId !== object.versionId) await ports.removeUpload(object);
    return 'REPEATED';
  }

  const rendered = await ports.render(object, ids, picture.correlationId);
  if (rendered.outcome === 'WITHDRAWN') return 'WITHDRAWN';
  const { versionId } = object;
  if (rendered.outcome === 'REJECTED') {
    const { reason, reasonDetail } = rendered;
    await ports.settlePicture(reviewId, mediaId, { ...picture, status: 'REJECTED', versionId, reason, reasonDetail });
    await ports.removeOriginal(object);
    return 'REJECTED';
  }
  const { width, height } = rendered;
  const renditions = await rendered.store();
  const published = { ...picture, status: 'PUBLISHED', versionId, width, height, renditions } as const;
  if (await ports.settlePicture(reviewId, mediaId, published)) return 'PUBLISHED';
  // Removed meanwhile, or published by another delivery of the same event: then these are its very renditions.
  if ((await ports.readReview(reviewId))?.media[mediaId] !== undefined) return 'REPEATED';
  await ports.removeRenditions(reviewId, mediaId);
  await ports.removeOriginal(object);
  return 'ORPHAN';
}
