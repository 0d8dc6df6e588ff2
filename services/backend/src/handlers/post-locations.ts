import { ConflictError } from '@happy-path/http-api/errors';
import { plainText } from '@happy-path/http-api/fields';
import { callerOf, idempotencyKeyOf, parseBody, route } from '@happy-path/http-api/route';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { placeStore } from '../adapters/dynamo-place-store.ts';
import { maxLat, placeType } from '../adapters/http-fields.ts';
import { placeIdFor } from '../domain/place.ts';

const env = readEnvironment({ TABLE_NAME: text, DAILY_PLACE_QUOTA: wholeNumber(1, 1_000_000) });
const places = placeStore(env.TABLE_NAME);

/** Degrees with seven decimals, about a centimetre; DynamoDB refuses numbers much smaller than that. */
const degrees = (bound: number) =>
  z.pipe(
    z
      .number('must be a number')
      .check(z.gte(-bound, `must be at least -${bound}`), z.lte(bound, `must be at most ${bound}`)),
    z.transform((value: number) => Math.round(value * 1e7) / 1e7 + 0),
  );

const body = z.strictObject(
  {
    name: plainText(120),
    type: placeType,
    lat: degrees(maxLat),
    lng: degrees(180),
    address: plainText(200),
  },
  'must be an object',
);

export const handler = route(async ({ event }) => {
  const place = parseBody(body, event);
  const caller = callerOf(event);
  const placeId = placeIdFor(caller, idempotencyKeyOf(event));
  const stored = await places.addPlace({ placeId, ...place }, caller, env.DAILY_PLACE_QUOTA);
  if (Object.entries(place).some(([field, value]) => stored[field as keyof typeof place] !== value))
    throw new ConflictError('This Idempotency-Key was used for another place');
  return { status: 201, body: stored, headers: { location: `locations/${placeId}` } };
});
