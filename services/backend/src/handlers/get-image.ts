import { NotFoundError } from '@happy-path/http-api/errors';
import { callerOf, parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { statusAnswer } from '../adapters/answers.ts';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { photoId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const photos = photoStore(env.TABLE_NAME);

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ photoId }), event);
  const photo = await photos.readPhoto(path.photoId);
  // Somebody else's photo is answered like one that does not exist.
  if (!photo || photo.owner !== callerOf(event) || photo.deleteRequestedAt !== undefined)
    throw new NotFoundError(`You have no photo ${path.photoId}`);
  return { status: 200, body: statusAnswer(photo) };
});
