import '../environment.ts';

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { placeStore } from '../../../src/adapters/dynamo-place-store.ts';
import type { Place } from '../../../src/domain/place.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const store = placeStore('table');
const park: Place = { placeId: 'p1', name: 'Grenen', type: 'park', lat: 57.64911, lng: 10.40744, address: 'Skagen' };

beforeEach(() => {
  dynamo.reset();
});

describe('reading a cell of the index', () => {
  it('reads a part of a partition when the cell is smaller than one', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [{ ...park, PK: 'place#p1', GSI1PK: 'geo#gcpuv' }] });

    expect(await store.readCell('gcpuvpk', 200)).toEqual({ places: [park], truncated: false });

    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      IndexName: 'GSI1',
      Limit: 200,
      ExpressionAttributeValues: { ':cell': 'geo#gcpuv', ':geohash': 'gcpuvpk' },
    });
  });

  it('says when there is more than it was to read', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [park], LastEvaluatedKey: { PK: 'place#p1' } });

    expect(await store.readCell('gcpuv', 1)).toMatchObject({ truncated: true });
  });
});

describe('adding a place', () => {
  // Geohash u4pruydqqvj is the textbook's example for these coordinates.
  it('files it under its geohash of five characters, sorted by the one of nine', async () => {
    dynamo.on(PutCommand).resolves({});

    await store.addPlace(park);

    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input).toMatchObject({
      Item: { geohash: 'u4pruydqq', GSI1PK: 'geo#u4pru', GSI1SK: 'u4pruydqq#p1' },
      ConditionExpression: 'attribute_not_exists(PK)',
    });
  });

  it('is a fault when the place is refused as known and cannot be found', async () => {
    dynamo.on(PutCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'Known' }));
    dynamo.on(GetCommand).resolves({});

    await expect(store.addPlace(park)).rejects.toThrow('Place p1');
  });
});
