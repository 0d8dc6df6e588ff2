import { cursorOf, pageLimit, toCursor } from '@happy-path/http-api/fields';
import { callerOf, parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { statusAnswer } from '../adapters/answers.ts';
import { photoStore } from '../adapters/dynamo-photo-store.ts';

const env = readEnvironment({ TABLE_NAME: text });
const photos = photoStore(env.TABLE_NAME);

const query = z.strictObject({
  limit: pageLimit(50, 20),
  cursor: cursorOf(z.string().check(z.regex(/^[0-9TZ:.-]{10,30}#[0-9a-f]{32}$/, 'must be a cursor this API gave'))),
});

export const handler = route(async ({ event }) => {
  const { limit, cursor } = parseQuery(query, event);
  const { photos: images, next } = await photos.photosBy(callerOf(event), limit, cursor);
  return { status: 200, body: { images: images.map(statusAnswer), ...(next && { cursor: toCursor(next) }) } };
});
