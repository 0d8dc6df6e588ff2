import { putEvent } from '@happy-path/aws/event-bus';
import {
  type UploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';
import type { PhotoEvent } from '../domain/photo-news.ts';

/** The backend's events have one source, whose name is the origin system's. */
const source = uploadCompleteSource;

/** @throws when the bus did not take the event */
export const publishUploadComplete = (eventBusName: string, detail: UploadCompleteDetail): Promise<void> =>
  putEvent(eventBusName, { source, type: uploadCompleteDetailType, detail, subject: `photo ${detail.ID}` });

/** @throws when the bus did not take the event */
export const publishPhotoEvent = (eventBusName: string, { type, detail }: PhotoEvent): Promise<void> =>
  putEvent(eventBusName, { source, type, detail, subject: `photo ${detail['photoId']}` });

/**
 * The event is the same whenever it is told: an account is deleted once.
 *
 * @throws when the bus did not take the event
 */
export const publishAccountDeleted = (eventBusName: string, owner: string): Promise<void> =>
  putEvent(eventBusName, {
    source,
    type: 'AccountDeleted',
    detail: { version: 1, eventId: `account#${owner}`, owner },
    subject: 'an account',
  });
