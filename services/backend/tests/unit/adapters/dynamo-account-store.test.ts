import '../environment.ts';

import {
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { writeWithinQuota } from '@happy-path/aws/daily-quota';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountStore } from '../../../src/adapters/dynamo-account-store.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const accounts = accountStore('table');
const now = new Date('2026-06-14T09:40:00.000Z');
const tomorrow = Date.parse('2026-06-15T09:40:00.000Z') / 1000;

beforeEach(() => {
  dynamo.reset();
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const quota = { owner: 'ada', kind: 'uploads', limit: 200 } as const;
const put = { Put: { TableName: 'table', Item: { PK: 'a' }, ConditionExpression: 'attribute_not_exists(PK)' } };
const transactions = () => dynamo.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems);

describe('closing an account', () => {
  it('closes the very account that writes are checked for', async () => {
    await accounts.closeAccount('ada');
    await writeWithinQuota('table', quota, put);

    const { PK, SK } = dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {};
    expect(transactions()[0]?.[1]?.ConditionCheck?.Key).toEqual({ PK, SK });
  });

  it('is open work for the sweep, and does not expire before that is done', async () => {
    await accounts.closeAccount('ada');

    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item).toEqual({
      PK: expect.stringMatching(/^account#[0-9a-f]{64}$/),
      SK: 'closed',
      owner: 'ada',
      GSI2PK: expect.stringMatching(/^open#CLOSING_ACCOUNT#[0-7]$/),
      GSI2SK: now.toISOString(),
    });
  });

  it('forgets who it was when it is settled, and refuses its tokens for longer than the hour they live', async () => {
    await accounts.settleAccount('ada');

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      UpdateExpression: 'SET expiresAt = :expiresAt REMOVE GSI2PK, GSI2SK, #owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':expiresAt': tomorrow },
    });
    expect(dynamo.commandCalls(DeleteCommand)).toHaveLength(0);
  });

  it('drops every row of its quota', async () => {
    const rows = ['2026-06-13#uploads', '2026-06-14#places'].map((SK) => ({ PK: 'quota#ada', SK }));
    dynamo.on(QueryCommand).resolves({ Items: rows });

    await accounts.removeQuota('ada');

    expect(dynamo.commandCalls(DeleteCommand).map(({ args }) => args[0].input.Key)).toEqual(rows);
  });
});
