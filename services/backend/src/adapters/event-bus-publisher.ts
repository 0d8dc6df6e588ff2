import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  type UploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';

const eventBridge = new EventBridgeClient({});

/** @throws when the bus did not take the event: PutEvents reports that in its answer, not as an error. */
export async function publishUploadComplete(eventBusName: string, detail: UploadCompleteDetail): Promise<void> {
  const { FailedEntryCount, Entries } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: eventBusName,
          Source: uploadCompleteSource,
          DetailType: uploadCompleteDetailType,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (FailedEntryCount) {
    const entry = Entries?.[0];
    throw new Error(`uploadComplete of photo ${detail.ID} was not taken: ${entry?.ErrorCode}: ${entry?.ErrorMessage}`);
  }
}
