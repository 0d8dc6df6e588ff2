import '../environment.ts';

import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { accountStore } from '../../../src/adapters/dynamo-account-store.ts';
import { photoStore } from '../../../src/adapters/dynamo-photo-store.ts';
import { AccountDeletedError } from '../../../src/domain/errors.ts';
import { photo } from '../photo-world.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const accounts = accountStore('table');
const written = () => dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {};

beforeEach(() => {
  dynamo.reset();
});

describe('closing an account', () => {
  it('is open work for the sweep, and refuses its tokens for longer than the hour they live', async () => {
    const before = Date.now() / 1000;

    await accounts.closeAccount('ada');

    expect(written()).toMatchObject({ owner: 'ada', GSI2PK: expect.stringMatching(/^open#CLOSING_ACCOUNT#[0-7]$/) });
    expect(written()['expiresAt']).toBeGreaterThan(before + 3600);
  });

  it('closes the very account that other requests ask for', async () => {
    dynamo.on(GetCommand).resolves({});
    await accounts.closeAccount('ada');
    await accounts.requireOpen('ada');
    await photoStore('table').startUpload(photo({ owner: 'ada' }), 200);

    const { PK, SK } = written();
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input.Key).toEqual({ PK, SK });
    const transaction = dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input;
    expect(transaction?.TransactItems?.[2]?.ConditionCheck?.Key).toEqual({ PK, SK });
  });

  it('forgets who it was when it is settled, and keeps the mark', async () => {
    await accounts.settleAccount('ada');

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      UpdateExpression: 'REMOVE GSI2PK, GSI2SK, #owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
    });
    expect(dynamo.commandCalls(DeleteCommand)).toHaveLength(0);
  });

  it('drops every day of its quota', async () => {
    const days = ['2026-06-13', '2026-06-14'].map((SK) => ({ PK: 'quota#ada', SK }));
    dynamo.on(QueryCommand).resolves({ Items: days });

    await accounts.removeQuota('ada');

    expect(dynamo.commandCalls(DeleteCommand).map(({ args }) => args[0].input.Key)).toEqual(days);
  });
});

describe('requiring an open account', () => {
  it('passes when the account was never closed', async () => {
    dynamo.on(GetCommand).resolves({});

    await expect(accounts.requireOpen('ada')).resolves.toBeUndefined();
  });

  it('is refused from the moment the account was closed', async () => {
    dynamo.on(GetCommand).resolves({ Item: { PK: 'account#1' } });

    await expect(accounts.requireOpen('ada')).rejects.toBeInstanceOf(AccountDeletedError);
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
  });

  it('fails when that cannot be told', async () => {
    dynamo.on(GetCommand).rejects(new Error('table down'));

    await expect(accounts.requireOpen('ada')).rejects.toThrow('table down');
  });
});
