import { NotFoundError } from '@happy-path/http-api/errors';
import { parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { placeStore } from '../adapters/dynamo-place-store.ts';
import { placeId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const places = placeStore(env.TABLE_NAME);

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ placeId }), event);
  const place = await places.readPlace(path.placeId);
  if (!place) throw new NotFoundError(`There is no place ${path.placeId}`);
  return { status: 200, body: place };
});
