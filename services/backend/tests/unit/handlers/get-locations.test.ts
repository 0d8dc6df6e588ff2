import '../environment.ts';

import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { toCursor } from '@happy-path/http-api/fields';
import { call, refusalOf } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/get-locations.ts';

captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const here = { lat: '51.5273', lng: '-0.1536' };

const item = (placeId: string, lat: number, type = 'park') => ({
  PK: `place#${placeId}`,
  SK: 'listing',
  GSI1PK: 'geo#gcpvh',
  geohash: 'gcpvhxxxx',
  placeId,
  name: `Place ${placeId}`,
  type,
  lat,
  lng: -0.1536,
  address: 'London',
});

/** Only the searched point's own cell of the index has places. */
function indexHolds(...items: readonly object[]) {
  dynamo.on(QueryCommand).resolves({ Items: [] });
  dynamo
    .on(QueryCommand, { ExpressionAttributeValues: { ':cell': 'geo#gcpvh', ':geohash': 'gcpvh' } })
    .resolves({ Items: [...items] });
}

beforeEach(() => {
  dynamo.reset();
  indexHolds();
});

describe('GET /locations', () => {
  it('shows the places nearby, nearest first, and nothing of how they are stored', async () => {
    indexHolds(item('far', 51.5203), item('near', 51.5263));

    expect(await call(handler, { query: here })).toMatchObject({
      status: 200,
      body: {
        locations: [
          {
            placeId: 'near',
            name: 'Place near',
            type: 'park',
            lat: 51.5263,
            lng: -0.1536,
            address: 'London',
            distanceKm: 0.111,
          },
          { placeId: 'far', distanceKm: 0.778 },
        ],
      },
    });
    const { body } = await call(handler, { query: here });
    expect(JSON.stringify(body)).not.toMatch(/PK|SK|geo/);
  });

  it('goes from page to page by its cursor', async () => {
    indexHolds(item('a', 51.5263), item('b', 51.5253), item('c', 51.5243));

    const found: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 1; page <= 4 && (page === 1 || cursor !== undefined); page += 1) {
      const { body } = await call(handler, { query: { ...here, limit: '1', ...(cursor && { cursor }) } });
      const { locations, ...rest } = body as { locations: { placeId: string }[]; cursor?: string };
      found.push(...locations.map(({ placeId }) => placeId));
      cursor = rest.cursor;
    }

    expect(found).toEqual(['a', 'b', 'c']);
  });

  it('may have a page without places and still a next one, far north, and takes the cursor of it', async () => {
    const north = { lat: '85', lng: '15', radiusKm: '25' };

    const first = await call(handler, { query: north });
    const firstReads = dynamo.calls().length;
    const { cursor } = first.body as { cursor: string };

    expect(first).toMatchObject({ status: 200, body: { locations: [], cursor: expect.any(String) } });
    expect(firstReads).toBeLessThan(400 + 16);
    expect(await call(handler, { query: { ...north, cursor } })).toMatchObject({
      status: 200,
      body: { locations: [] },
    });
  });

  it('shows one kind of place when asked to', async () => {
    indexHolds(item('a', 51.5263), item('b', 51.5253, 'bar'));

    expect(await call(handler, { query: { ...here, type: 'bar' } })).toMatchObject({
      body: { locations: [{ placeId: 'b' }] },
    });
  });

  it('looks 5 km around and shows 20 places when nobody says', async () => {
    indexHolds(
      ...Array.from({ length: 25 }, (_, n) => item(`near-${n}`, 51.5263)),
      item('beyond', 51.5273 + 5.1 / 111.195),
    );

    const { body } = await call(handler, { query: here });

    expect((body as { locations: object[] }).locations).toHaveLength(20);
    const all = await call(handler, { query: { ...here, limit: '100' } });
    expect((all.body as { locations: object[] }).locations).toHaveLength(25);
  });

  it('needs no token', async () => {
    expect(await call(handler, { query: here, subject: '' })).toMatchObject({ status: 200 });
  });

  it('is a fault of ours when the table is away, not an empty page', async () => {
    dynamo.on(QueryCommand).rejects(new Error('throttled'));

    expect(await call(handler, { query: here })).toMatchObject({ status: 500 });
  });

  it.each([
    { field: 'lat', query: { lng: '0' } },
    { field: 'lng', query: { lat: '0' } },
    ...['', 'NaN', 'Infinity', '1e1', '0x1f', '85.000001', '-86', '90', '51.5,51.6'].map((lat) => ({
      field: 'lat',
      query: { ...here, lat },
    })),
    ...['', '-Infinity', '180.1', '-180.000001'].map((lng) => ({ field: 'lng', query: { ...here, lng } })),
    ...['', '0', '-5', '0.049', '25.001', '1e1'].map((radiusKm) => ({
      field: 'radiusKm',
      query: { ...here, radiusKm },
    })),
    ...['', 'castle', 'PARK', '__proto__'].map((type) => ({ field: 'type', query: { ...here, type } })),
    ...['', '0', '101', '1.5', '-1'].map((limit) => ({ field: 'limit', query: { ...here, limit } })),
    { field: 'owner', query: { ...here, owner: 'ada' } },
    { field: 'constructor', query: { ...here, constructor: 'x' } },
  ])('refuses $query for its $field, before anything is read', async ({ field, query }) => {
    expect(await call(handler, { query })).toEqual(refusalOf(field));
    expect(dynamo.calls()).toHaveLength(0);
  });

  it.each([
    { what: 'is none', cursor: 'not-a-cursor' },
    { what: 'is empty', cursor: '' },
    { what: 'was cut off', cursor: toCursor({ distanceKm: 1, placeId: 'a' }).slice(0, -3) },
    { what: 'leads further than any search', cursor: toCursor({ distanceKm: 26, placeId: 'a' }) },
    { what: 'holds more than a position', cursor: toCursor({ distanceKm: 1, placeId: 'a', type: 'bar' }) },
    { what: 'holds another place id than there can be', cursor: toCursor({ distanceKm: 1, placeId: 'x'.repeat(65) }) },
  ])('refuses a cursor that $what', async ({ cursor }) => {
    expect(await call(handler, { query: { ...here, cursor } })).toEqual(
      refusalOf('cursor', 'must be a cursor this API gave'),
    );
    expect(dynamo.calls()).toHaveLength(0);
  });

  it.each([
    { where: 'the date line', query: { lat: '-17.7', lng: '-180' } },
    { where: 'the northern end of the map', query: { lat: '85', lng: '15' } },
    { where: 'the southern end of the map', query: { lat: '-85', lng: '15' } },
    { where: 'minus zero', query: { lat: '-0', lng: '-0' } },
  ])('can look around $where', async ({ query }) => {
    expect(await call(handler, { query })).toMatchObject({ status: 200, body: { locations: [] } });
  });
});
