import '../environment.ts';

import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { photoStore } from '../../../src/adapters/dynamo-photo-store.ts';
import { AccountDeletedError, NotFoundError, QuotaExceededError } from '../../../src/domain/errors.ts';
import { objectOf, photo, photoIdOf } from '../photo-world.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const store = photoStore('table');
const id = photoIdOf(1);

const conditionFailed = new ConditionalCheckFailedException({ $metadata: {}, message: 'The condition does not hold' });
const throttled = new ProvisionedThroughputExceededException({ $metadata: {}, message: 'Too much' });
/** Reasons in the order of the transaction's writes: place, quota, account, photo. */
const cancelledBecause = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

beforeEach(() => {
  dynamo.reset();
});

describe('starting an upload', () => {
  it('stores the photo, checks place and account and counts against the quota, all or nothing', async () => {
    await store.startUpload(photo(), 200);

    const [{ args: [command] = [] } = {}] = dynamo.commandCalls(TransactWriteCommand);
    const [place, quota, account, row] = command?.input.TransactItems ?? [];
    expect(place).toMatchObject({ ConditionCheck: { Key: { PK: 'place#place-1', SK: 'listing' } } });
    expect(quota).toMatchObject({
      Update: {
        Key: { PK: 'quota#ada', SK: '2026-06-14' },
        ExpressionAttributeValues: { ':one': 1, ':quota': 200 },
      },
    });
    expect(account).toMatchObject({ ConditionCheck: { ConditionExpression: 'attribute_not_exists(PK)' } });
    expect(row).toMatchObject({
      Put: { Item: { PK: `photo#${id}`, SK: 'workflow', ...photo() }, ConditionExpression: 'attribute_not_exists(PK)' },
    });
  });

  it("lists the photo among its owner's and among open work, and lets the table forget it after a day", async () => {
    await store.startUpload(photo(), 200);

    const [{ args: [command] = [] } = {}] = dynamo.commandCalls(TransactWriteCommand);
    expect(command?.input.TransactItems?.[3]?.Put?.Item).toMatchObject({
      GSI1PK: 'owner#ada',
      GSI1SK: `2026-06-14T09:40:00.000Z#${id}`,
      GSI2PK: 'open#PENDING_UPLOAD#1',
      GSI2SK: '2026-06-14T09:40:00.000Z',
      expiresAt: Date.parse('2026-06-15T09:40:00Z') / 1000,
    });
  });

  it('does not keep the name of the account it checks', async () => {
    await store.startUpload(photo({ owner: 'ada-lovelace' }), 200);

    const [{ args: [command] = [] } = {}] = dynamo.commandCalls(TransactWriteCommand);
    const { PK } = command?.input.TransactItems?.[2]?.ConditionCheck?.Key ?? {};
    expect(PK).toMatch(/^account#[0-9a-f]{64}$/);
  });

  const none = 'None';
  const failed = 'ConditionalCheckFailed';
  it.each([
    { why: 'the place does not exist', codes: [failed, none, none, none], error: NotFoundError },
    { why: 'the quota is used up', codes: [none, failed, none, none], error: QuotaExceededError },
    { why: 'the account was closed', codes: [none, none, failed, none], error: AccountDeletedError },
    { why: 'the account was closed, whatever else', codes: [failed, failed, failed, none], error: AccountDeletedError },
    {
      why: 'the place does not exist and the quota is used up',
      codes: [failed, failed, none, none],
      error: NotFoundError,
    },
  ])('is refused when $why', async ({ codes, error }) => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(...codes));

    await expect(store.startUpload(photo(), 200)).rejects.toBeInstanceOf(error);
  });

  it.each([
    { createdAt: '2026-06-14T09:40:00.000Z', seconds: 51_600 },
    { createdAt: '2026-06-14T23:59:59.001Z', seconds: 1 },
    { createdAt: '2026-12-31T00:00:00.000Z', seconds: 86_400 },
  ])(
    'over the quota at $createdAt may be tried again in $seconds s, at midnight UTC',
    async ({ createdAt, seconds }) => {
      dynamo.on(TransactWriteCommand).rejects(cancelledBecause(none, failed, none, none));

      await expect(store.startUpload(photo({ createdAt }), 200)).rejects.toMatchObject({ retryAfterSeconds: seconds });
    },
  );

  it.each([
    { what: 'a photo id that is taken', error: cancelledBecause(none, none, none, failed) },
    { what: 'a throttled table', error: cancelledBecause('ThrottlingError', none, none, none) },
    { what: 'a cancellation without reasons', error: new TransactionCanceledException({ $metadata: {}, message: '' }) },
    { what: 'a table that is away', error: throttled },
  ])('passes $what on as the fault it is', async ({ error }) => {
    dynamo.on(TransactWriteCommand).rejects(error);

    await expect(store.startUpload(photo(), 200)).rejects.toBe(error);
  });
});

describe('a conditional write', () => {
  const writes = [
    { what: 'marking as uploaded', write: () => store.markUploaded(id, objectOf(id), '0A') },
    { what: 'asking for removal', write: () => store.requestRemoval(id, 'ada') },
    { what: 'postponing', write: () => store.postpone(id, '2026-06-14T10:00:00.000Z') },
    { what: 'expiring', write: () => store.expireUpload(id) },
    { what: 'giving up an abandoned photo', write: () => store.failAbandoned(photo({ executionId: 'run-1' })) },
    { what: 'listing an orphan', write: () => store.scheduleRemoval(id) },
  ];

  it.each(writes)('is nothing to do when its condition does not hold: $what', async ({ write }) => {
    dynamo.onAnyCommand().rejects(conditionFailed);

    await expect(write()).resolves.toBeUndefined();
  });

  it.each(writes)('fails when the table does: $what', async ({ write }) => {
    dynamo.onAnyCommand().rejects(throttled);

    await expect(write()).rejects.toBe(throttled);
  });
});

describe('marking a photo as uploaded', () => {
  it('answers with the row as it is now', async () => {
    const row = photo({ objStatus: 'UPLOADED', versionId: 'v1' });
    dynamo.on(UpdateCommand).resolves({ Attributes: row });

    expect(await store.markUploaded(id, objectOf(id), '0A')).toEqual(row);
  });

  it('takes it from uploads that are waited for to those that are to be announced, and stops its expiry', async () => {
    await store.markUploaded(id, objectOf(id), '0A');

    const [{ args: [command] = [] } = {}] = dynamo.commandCalls(UpdateCommand);
    expect(command?.input).toMatchObject({
      Key: { PK: `photo#${id}`, SK: 'workflow' },
      UpdateExpression: expect.stringMatching(/ REMOVE expiresAt$/),
      ExpressionAttributeValues: {
        ':versionId': 'v1',
        ':etag': 'e1',
        ':sequencer': '0A',
        ':openPK': 'open#UPLOADED#1',
      },
    });
  });
});

describe('reading', () => {
  it('a photo sees the last write', async () => {
    dynamo.on(GetCommand).resolves({ Item: photo() });

    expect(await store.readPhoto(id)).toEqual(photo());
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
  });

  it("an owner's photos goes on behind the last one of the page before", async () => {
    const GSI1SK = `2026-06-14T09:40:00.000Z#${id}`;
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [photo()], LastEvaluatedKey: { GSI1PK: 'owner#ada', GSI1SK, PK: 'p', SK: 'workflow' } })
      .resolves({ Items: [] });

    const first = await store.photosBy('ada', 1);
    const second = await store.photosBy('ada', 1, first.next);

    expect(first).toEqual({ photos: [photo()], next: GSI1SK });
    expect(second).toEqual({ photos: [] });
    expect(dynamo.commandCalls(QueryCommand)[1]?.args[0].input.ExclusiveStartKey).toEqual({
      GSI1PK: 'owner#ada',
      GSI1SK,
      PK: `photo#${id}`,
      SK: 'workflow',
    });
  });

  it('all photos of an account follows every page', async () => {
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [photo()], LastEvaluatedKey: { GSI1PK: 'owner#ada' } })
      .resolves({ Items: [photo({ photoId: photoIdOf(2) })] });

    expect(await Array.fromAsync(store.photosOf('ada'))).toEqual([[id], [photoIdOf(2)]]);
  });
});

describe('listing open work', () => {
  it('looks into every shard, also behind the first page', async () => {
    const keyOf = (n: number) => ({ PK: `photo#${photoIdOf(n)}`, SK: 'workflow' });
    dynamo.on(QueryCommand).resolves({ Items: [] });
    for (let shard = 0; shard < 8; shard += 1)
      dynamo
        .on(QueryCommand, { ExpressionAttributeValues: { ':open': `open#UPLOADED#${shard}`, ':before': 'then' } })
        .resolvesOnce({ Items: [keyOf(shard)], LastEvaluatedKey: { PK: 'more' } })
        .resolves({ Items: [keyOf(shard + 8)] });

    const pages = await Array.fromAsync(store.openWork('UPLOADED', 'then'));

    expect(pages.flat().toSorted()).toEqual(Array.from({ length: 16 }, (_, n) => photoIdOf(n)));
  });

  it('of accounts being closed names their owners, and leaves out one that was settled meanwhile', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [] });
    dynamo
      .on(QueryCommand, { ExpressionAttributeValues: { ':open': 'open#CLOSING_ACCOUNT#0', ':before': 'then' } })
      .resolves({
        Items: [
          { PK: 'account#1', SK: 'closed' },
          { PK: 'account#2', SK: 'closed' },
        ],
      });
    dynamo.on(GetCommand, { Key: { PK: 'account#1', SK: 'closed' } }).resolves({ Item: { owner: 'ada' } });
    dynamo.on(GetCommand, { Key: { PK: 'account#2', SK: 'closed' } }).resolves({ Item: {} });

    expect((await Array.fromAsync(store.openWork('CLOSING_ACCOUNT', 'then'))).flat()).toEqual(['ada']);
  });
});

describe('removing', () => {
  it('hides a photo from its owner and lists it as work, at once', async () => {
    dynamo.on(UpdateCommand).resolves({ Attributes: photo({ deleteRequestedAt: 'now' }) });

    expect(await store.requestRemoval(id, 'ada')).toMatchObject({ deleteRequestedAt: 'now' });

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      UpdateExpression: expect.stringMatching(/REMOVE GSI1PK, GSI1SK, expiresAt$/),
      ExpressionAttributeValues: { ':owner': 'ada', ':openPK': 'open#REMOVING#1' },
    });
  });

  it('takes a photo from its place', async () => {
    await store.removePublished(photo());

    expect(dynamo.commandCalls(DeleteCommand)[0]?.args[0].input.Key).toEqual({
      PK: 'place#place-1',
      SK: `photo#2026-06-14T09:40:00.000Z#${id}`,
    });
  });

  it('has nothing to take from a place when an object belonged to no photo', async () => {
    const { placeId: _, ...orphan } = photo();

    await store.removePublished(orphan as ReturnType<typeof photo>);

    expect(dynamo.calls()).toHaveLength(0);
  });

  it('drops a row whatever state it is in', async () => {
    await store.removeRecord(id);

    expect(dynamo.commandCalls(DeleteCommand)[0]?.args[0].input).toEqual({
      TableName: 'table',
      Key: { PK: `photo#${id}`, SK: 'workflow' },
    });
  });
});
