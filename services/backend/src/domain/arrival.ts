import type { ArrivedObject } from '@happy-path/aws/s3-event';
import type { PhotoRecord } from '@happy-path/photos/photo-record';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { photoIdOfKey, uploadKey } from './upload-request.ts';

export type { ArrivedObject };

export interface ArrivalPorts {
  /**
   * Moves the photo from PENDING_UPLOAD to UPLOADED with this version, or from an older UPLOADED version to this one.
   * Resolves to undefined when neither holds.
   */
  markUploaded(photoId: string, object: ArrivedObject, sequencer: string): Promise<PhotoRecord | undefined>;
  readPhoto(photoId: string): Promise<PhotoRecord | undefined>;
  announce(detail: UploadCompleteDetail): Promise<void>;
  /** Name of the workflow that is active now. */
  activeWorkflow(): Promise<string>;
  /** Has the sweep remove an object that belongs to no photo (any more). */
  scheduleRemoval(photoId: string): Promise<void>;
}

/**
 * What became of an arrival:
 * `announced` - the event is on the bus; `foreign` - a key this system never handed out, left alone;
 * `orphan` - its photo was deleted or expired meanwhile, the sweep removes the object; `late` - a repeated or older event.
 */
export type ArrivalOutcome = 'announced' | 'foreign' | 'orphan' | 'late';

/**
 * Records that a photo's object is there and announces it. Safe for repeated, late, reordered and foreign events.
 *
 * @throws whatever a port throws: the event is then delivered again, and announces while the photo is still UPLOADED.
 */
export async function recordArrival(object: ArrivedObject, ports: ArrivalPorts): Promise<ArrivalOutcome> {
  const photoId = photoIdOfKey(object.key);
  if (photoId === undefined) return 'foreign';

  const marked = await ports.markUploaded(photoId, object, paddedSequencer(object.sequencer ?? ''));
  const photo = marked ?? (await ports.readPhoto(photoId));
  if (photo === undefined || photo.deleteRequestedAt !== undefined) {
    await ports.scheduleRemoval(photoId);
    return 'orphan';
  }
  if (photo.objStatus !== 'UPLOADED' || photo.versionId !== object.versionId) return 'late';

  await ports.announce(uploadComplete(photo, object.bucket, await ports.activeWorkflow()));
  return 'announced';
}

/** The event's detail, from the row: what the uploader was allowed, not what the object claims. */
export function uploadComplete(photo: PhotoRecord, bucket: string, workflow: string): UploadCompleteDetail {
  if (photo.versionId === undefined || photo.etag === undefined)
    throw new Error(`Photo ${photo.photoId} is ${photo.objStatus} without a version`);
  return {
    bucket,
    key: uploadKey(photo.photoId),
    versionId: photo.versionId,
    etag: photo.etag,
    size: photo.size,
    contentType: photo.contentType,
    placeId: photo.placeId,
    ID: photo.photoId,
    workflow,
    correlationId: photo.correlationId,
  };
}

/**
 * S3's sequencers are hexadecimal and of unequal length: right-padded with zeros they compare as strings.
 * Source: Amazon S3 User Guide, "Event message structure".
 */
export const paddedSequencer = (sequencer: string): string => sequencer.toUpperCase().padEnd(32, '0');
