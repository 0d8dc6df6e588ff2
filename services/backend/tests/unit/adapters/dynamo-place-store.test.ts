import '../environment.ts';

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { AccountDeletedError, QuotaExceededError } from '@happy-path/http-api/errors';
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
  const none = 'None';
  const failed = 'ConditionalCheckFailed';
  const transaction = () => dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems;
  /** Reasons in the order of the transaction's writes: quota, account, place. */
  const refuseWith = (...codes: string[]) =>
    dynamo.on(TransactWriteCommand).rejects(
      new TransactionCanceledException({
        $metadata: {},
        message: 'Transaction cancelled',
        CancellationReasons: codes.map((Code) => ({ Code })),
      }),
    );

  // Geohash u4pruydqqvj is the textbook's example for these coordinates.
  it('files it under its geohash of five characters, sorted by the one of nine', async () => {
    expect(await store.addPlace(park, 'ada', 100)).toEqual(park);

    expect(transaction()?.[2]?.Put).toMatchObject({
      Item: { geohash: 'u4pruydqq', GSI1PK: 'geo#u4pru', GSI1SK: 'u4pruydqq#p1' },
      ConditionExpression: 'attribute_not_exists(PK)',
    });
  });

  it('counts against the quota of who adds it, and does not keep who that was', async () => {
    await store.addPlace(park, 'ada', 100);

    const [quota, , put] = transaction() ?? [];
    expect(quota?.Update).toMatchObject({
      Key: { PK: 'quota#ada', SK: expect.stringMatching(/^\d{4}-\d\d-\d\d#places$/) },
      ExpressionAttributeValues: { ':limit': 100 },
    });
    expect(JSON.stringify(put)).not.toContain('ada');
  });

  it('answers with the place that is there, as it is now, when it was added before', async () => {
    refuseWith(none, none, failed);
    const before = { ...park, name: 'Skagen' };
    dynamo.on(GetCommand).resolves({ Item: { ...before, PK: 'place#p1', SK: 'listing' } });

    expect(await store.addPlace(park, 'ada', 100)).toEqual(before);
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input).toMatchObject({
      Key: { PK: 'place#p1', SK: 'listing' },
      ConsistentRead: true,
    });
  });

  it.each([
    { why: 'the quota is used up', codes: [failed, none, none], error: QuotaExceededError },
    { why: 'the account was closed', codes: [none, failed, none], error: AccountDeletedError },
  ])('is refused when $why', async ({ codes, error }) => {
    refuseWith(...codes);

    await expect(store.addPlace(park, 'ada', 100)).rejects.toBeInstanceOf(error);
  });

  it('is a fault when the place is refused as known and cannot be found', async () => {
    refuseWith(none, none, failed);
    dynamo.on(GetCommand).resolves({});

    await expect(store.addPlace(park, 'ada', 100)).rejects.toThrow('Place p1');
  });
});
