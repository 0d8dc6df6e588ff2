import { NotFoundError } from '@happy-path/http-api/errors';
import { cursorOf, pageLimit, toCursor } from '@happy-path/http-api/fields';
import { parsePath, parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { photoAnswer } from '../adapters/answers.ts';
import { placeStore } from '../adapters/dynamo-place-store.ts';
import { placeId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const places = placeStore(env.TABLE_NAME);

const query = z.strictObject({
  limit: pageLimit(50, 20),
  cursor: cursorOf(
    z.string().check(z.regex(/^photo#[0-9TZ:.-]{10,30}#[0-9a-f]{32}$/, 'must be a cursor this API gave')),
  ),
});

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ placeId }), event);
  const { limit, cursor } = parseQuery(query, event);
  const [place, { photos, next }] = await Promise.all([
    places.readPlace(path.placeId),
    places.photosAt(path.placeId, limit, cursor),
  ]);
  if (!place) throw new NotFoundError(`There is no place ${path.placeId}`);
  return { status: 200, body: { photos: photos.map(photoAnswer), ...(next && { cursor: toCursor(next) }) } };
});
