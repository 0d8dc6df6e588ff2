import '../environment.ts';

import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { toCursor } from '@happy-path/http-api/fields';
import { call, refusalOf } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler as getLocation } from '../../../src/handlers/get-location.ts';
import { handler as getLocationPhotos } from '../../../src/handlers/get-location-photos.ts';
import { photoIdOf } from '../photo-world.ts';

captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const place = { placeId: 'hyde-park', name: 'Hyde Park', type: 'park', lat: 51.5, lng: -0.16, address: 'London' };
const placeItem = { PK: 'place#hyde-park', SK: 'listing', GSI1PK: 'geo#gcpuv', geohash: 'gcpuvxxxx', ...place };
const path = { placeId: 'hyde-park' };
const sortKey = `photo#2026-06-14T09:40:00.000Z#${photoIdOf(1)}`;
const published = {
  PK: 'place#hyde-park',
  SK: sortKey,
  owner: 'ada',
  photoId: photoIdOf(1),
  placeId: 'hyde-park',
  createdAt: '2026-06-14T09:40:00.000Z',
  takenAt: '2026-06-14T10:38:52+01:00',
  camera: 'Google Pixel 8',
  width: 3024,
  height: 4032,
  renditions: [
    {
      kind: 'tile',
      type: 'image/webp',
      key: `photos/${photoIdOf(1)}/tile.webp`,
      width: 400,
      height: 400,
      bytes: 29_876,
    },
  ],
};

beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({ Item: placeItem });
  dynamo.on(QueryCommand).resolves({ Items: [published] });
});

describe('GET /locations/{placeId}', () => {
  it('shows the place and nothing of how it is stored', async () => {
    expect(await call(getLocation, { path })).toMatchObject({ status: 200, body: place });
    expect((await call(getLocation, { path })).body).toEqual(place);
  });

  it('answers 404 for a place that does not exist', async () => {
    dynamo.on(GetCommand).resolves({});

    expect(await call(getLocation, { path })).toMatchObject({ status: 404 });
  });

  it.each(['', 'Hyde Park', 'a#b', '../a', 'x'.repeat(65)])('refuses the id %j', async (placeId) => {
    expect(await call(getLocation, { path: { placeId } })).toEqual(refusalOf('placeId'));
    expect(dynamo.calls()).toHaveLength(0);
  });
});

describe('GET /locations/{placeId}/photos', () => {
  it('shows what visitors may see of a photo: not whose it is, not where it was taken', async () => {
    const { body } = await call(getLocationPhotos, { path });

    const { PK: _pk, SK: _sk, owner: _owner, renditions: _renditions, ...facts } = published;
    expect(body).toEqual({
      photos: [
        {
          ...facts,
          renditions: [
            {
              kind: 'tile',
              type: 'image/webp',
              url: `/photos/${photoIdOf(1)}/tile.webp`,
              width: 400,
              height: 400,
              bytes: 29_876,
            },
          ],
        },
      ],
    });
  });

  it('leaves out what the camera did not tell', async () => {
    const { takenAt: _takenAt, camera: _camera, ...plain } = published;
    dynamo.on(QueryCommand).resolves({ Items: [plain] });

    const { photos } = (await call(getLocationPhotos, { path })).body as { photos: object[] };

    expect(Object.keys(photos[0] ?? {})).toEqual(['photoId', 'placeId', 'createdAt', 'width', 'height', 'renditions']);
  });

  it('goes from page to page, newest first', async () => {
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [published], LastEvaluatedKey: { PK: 'place#hyde-park', SK: sortKey } })
      .resolves({ Items: [] });

    const { cursor } = (await call(getLocationPhotos, { path, query: { limit: '1' } })).body as { cursor: string };
    const second = await call(getLocationPhotos, { path, query: { limit: '1', cursor } });

    expect(second.body).toEqual({ photos: [] });
    expect(dynamo.commandCalls(QueryCommand)[1]?.args[0].input).toMatchObject({
      ScanIndexForward: false,
      Limit: 1,
      ExclusiveStartKey: { PK: 'place#hyde-park', SK: sortKey },
    });
  });

  it('answers 404 for a place that does not exist, and an empty list for one without photos', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [] });
    expect(await call(getLocationPhotos, { path })).toMatchObject({ status: 200, body: { photos: [] } });

    dynamo.on(GetCommand).resolves({});
    expect(await call(getLocationPhotos, { path })).toMatchObject({ status: 404 });
  });

  it.each([
    { field: 'placeId', path: { placeId: 'A' }, query: {} },
    { field: 'limit', path, query: { limit: '51' } },
    { field: 'limit', path, query: { limit: 'all' } },
    { field: 'cursor', path, query: { cursor: 'x' } },
    { field: 'cursor', path, query: { cursor: toCursor('listing') } },
    { field: 'cursor', path, query: { cursor: toCursor({ PK: 'account#1' }) } },
    { field: 'type', path, query: { type: 'park' } },
  ])('refuses $path $query for its $field', async ({ field, path, query }) => {
    expect(await call(getLocationPhotos, { path, query })).toEqual(refusalOf(field));
    expect(dynamo.calls()).toHaveLength(0);
  });
});
