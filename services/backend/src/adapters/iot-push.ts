import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import type { PublishedPhoto } from '@happy-path/photos/photo-record';
import type { EndedPhoto, RemovedPhoto } from '../domain/photo-news.ts';
import { outcomeMessage, photoAnswer, removalMessage } from './answers.ts';

// A push that hangs must not use up the time of the records beside it.
const iot = new IoTDataPlaneClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/** Pushes to browsers, over MQTT. Topics are `hp/<stage>/photos/<photoId>` and `hp/<stage>/places/<placeId>`. */
export function pushes(stage: string) {
  const push = async (topic: string, message: object): Promise<void> => {
    await iot.send(
      new PublishCommand({ topic: `hp/${stage}/${topic}`, qos: 1, payload: Buffer.from(JSON.stringify(message)) }),
    );
  };
  return {
    tellUploader: (photo: EndedPhoto) => push(`photos/${photo.photoId}`, outcomeMessage(photo)),
    tellPlace: (photo: PublishedPhoto) => push(`places/${photo.placeId}`, photoAnswer(photo)),
    tellRemoval: (photo: RemovedPhoto) => push(`places/${photo.placeId}`, removalMessage(photo)),
  };
}
