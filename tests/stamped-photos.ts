import { randomBytes } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { PhotoRecord } from '@happy-path/photos/photo-record';
import {
  type UploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';
import { poll } from '../local/src/poll.ts';
import { published, readPhoto, s3, site, storePhoto, uploadBucket } from './engine-fixture.ts';

const eventBus = await published('backend/event-bus-name');
const eventBridge = new EventBridgeClient(site);

/** An object whose notification finds no photo, so that a test can decide what the photo's row says. */
export async function storeUnannounced(
  photoId: string,
  data: Buffer,
  ContentType = 'image/jpeg',
): Promise<{ versionId: string; etag: string }> {
  const { VersionId = '', ETag = '' } = await s3.send(
    new PutObjectCommand({ Bucket: uploadBucket, Key: `uploads/${photoId}`, Body: data, ContentType }),
  );
  await poll('the notification to be handled', 10_000, () => readPhoto(photoId));
  return { versionId: VersionId, etag: ETag.replaceAll('"', '') };
}

/** Puts `uploadComplete` on the bus, as the backend does. */
export async function announce(detail: UploadCompleteDetail): Promise<void> {
  const { FailedEntryCount } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: eventBus,
          Source: uploadCompleteSource,
          DetailType: uploadCompleteDetailType,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (FailedEntryCount) throw new Error('The bus refused the event');
}

/**
 * An upload at a place, stamped for a workflow whatever the active one is.
 *
 * @param now when it seems to have come, ISO 8601
 * @returns the event's detail
 */
export async function uploadFor(
  workflow: string,
  placeId: string,
  data: Buffer,
  now = new Date().toISOString(),
): Promise<UploadCompleteDetail> {
  const photoId = randomBytes(16).toString('hex');
  const version = await storeUnannounced(photoId, data);
  const photo: PhotoRecord = {
    photoId,
    placeId,
    owner: 'somebody',
    objStatus: 'UPLOADED',
    contentType: 'image/jpeg',
    size: data.length,
    correlationId: 'stamped',
    createdAt: now,
    uploadedAt: now,
    updatedAt: now,
    ...version,
  };
  await storePhoto(photo);
  const detail: UploadCompleteDetail = {
    bucket: uploadBucket,
    key: `uploads/${photoId}`,
    ...version,
    size: data.length,
    contentType: photo.contentType,
    placeId,
    ID: photoId,
    workflow,
    correlationId: photo.correlationId,
  };
  await announce(detail);
  return detail;
}

const terminal = ['PROCESSED', 'REJECTED', 'FAILED'];

/** The photo's row at its terminal state. */
export function ended(photoId: string, timeoutMs = 50_000): Promise<PhotoRecord & { fault?: string }> {
  return poll(`photo ${photoId} to end`, timeoutMs, async () => {
    const row = await readPhoto(photoId);
    return row && terminal.includes(row.objStatus) ? row : undefined;
  });
}
