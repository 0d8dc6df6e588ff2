import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  type UploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';
import type { PhotoEvent } from '../domain/photo-news.ts';

const eventBridge = new EventBridgeClient({});

/** @throws when the bus did not take the event */
export const publishUploadComplete = (eventBusName: string, detail: UploadCompleteDetail): Promise<void> =>
  putEvent(eventBusName, uploadCompleteDetailType, detail.ID, detail);

/** @throws when the bus did not take the event */
export const publishPhotoEvent = (eventBusName: string, { type, detail }: PhotoEvent): Promise<void> =>
  putEvent(eventBusName, type, String(detail['photoId']), detail);

/** The backend's events have one source, whose name is the origin system's. */
async function putEvent(EventBusName: string, DetailType: string, photoId: string, detail: object): Promise<void> {
  const { FailedEntryCount, Entries } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [{ EventBusName, Source: uploadCompleteSource, DetailType, Detail: JSON.stringify(detail) }],
    }),
  );
  // PutEvents reports this in its answer, not as an error.
  if (FailedEntryCount) {
    const entry = Entries?.[0];
    throw new Error(`${DetailType} of photo ${photoId} was not taken: ${entry?.ErrorCode}: ${entry?.ErrorMessage}`);
  }
}
