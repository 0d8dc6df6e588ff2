import { cursorOf, decimalText, pageLimit, toCursor } from '@happy-path/http-api/fields';
import { parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { placeStore } from '../adapters/dynamo-place-store.ts';
import { maxLat, placeType } from '../adapters/http-fields.ts';
import { findNearby } from '../domain/nearby.ts';

const env = readEnvironment({ TABLE_NAME: text });
const places = placeStore(env.TABLE_NAME);

const query = z.strictObject({
  lat: decimalText(-maxLat, maxLat),
  lng: decimalText(-180, 180),
  radiusKm: z._default(decimalText(0.05, 25), 5),
  type: z.optional(placeType),
  limit: pageLimit(100, 20),
  cursor: cursorOf(
    z.strictObject({
      distanceKm: z.number().check(z.gte(0), z.lte(25)),
      placeId: z.string().check(z.maxLength(64)),
    }),
  ),
});

export const handler = route(async ({ event }) => {
  const { cursor, ...where } = parseQuery(query, event);
  const { places: locations, next } = await findNearby({ ...where, after: cursor }, places.readCell);
  return { status: 200, body: { locations, ...(next && { cursor: toCursor(next) }) } };
});
