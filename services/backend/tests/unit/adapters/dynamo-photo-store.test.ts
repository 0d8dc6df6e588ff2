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
import { AccountDeletedError, QuotaExceededError } from '@happy-path/http-api/errors';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { photoStore } from '../../../src/adapters/dynamo-photo-store.ts';
import { objectOf, photo, photoIdOf } from '../photo-world.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const store = photoStore('table');
const id = photoIdOf(1);
const then = '2026-06-14T10:00:00.000Z';

const conditionFailed = new ConditionalCheckFailedException({ $metadata: {}, message: 'The condition does not hold' });
const throttled = new ProvisionedThroughputExceededException({ $metadata: {}, message: 'Too much' });
/** Reasons in the order of the transaction's writes: quota, account, photo. */
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
  const put = () => dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems?.[2]?.Put;

  it('stores the photo and counts it among the uploads of its owner, both or neither', async () => {
    await store.startUpload(photo(), 200);

    expect(dynamo.calls()).toHaveLength(1);
    const [quota] = dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems ?? [];
    expect(quota).toMatchObject({
      Update: {
        Key: { PK: 'quota#ada', SK: expect.stringMatching(/^\d{4}-\d\d-\d\d#uploads$/) },
        ExpressionAttributeValues: { ':one': 1, ':limit': 200 },
      },
    });
    expect(put()).toMatchObject({
      Item: { PK: `photo#${id}`, SK: 'workflow', ...photo() },
      ConditionExpression: 'attribute_not_exists(PK)',
    });
  });

  it("lists the photo among its owner's and among open work, and lets the table forget it after a day", async () => {
    await store.startUpload(photo(), 200);

    expect(put()?.Item).toMatchObject({
      GSI1PK: 'owner#ada',
      GSI1SK: `2026-06-14T09:40:00.000Z#${id}`,
      GSI2PK: 'open#PENDING_UPLOAD#1',
      GSI2SK: '2026-06-14T09:40:00.000Z',
      expiresAt: Date.parse('2026-06-15T09:40:00Z') / 1000,
    });
  });

  it.each([
    { why: 'the quota is used up', codes: ['ConditionalCheckFailed', 'None', 'None'], error: QuotaExceededError },
    { why: 'the account was closed', codes: ['None', 'ConditionalCheckFailed', 'None'], error: AccountDeletedError },
  ])('is refused when $why', async ({ codes, error }) => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(...codes));

    await expect(store.startUpload(photo(), 200)).rejects.toBeInstanceOf(error);
  });

  it('is a fault when the photo id is taken', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause('None', 'None', 'ConditionalCheckFailed'));

    await expect(store.startUpload(photo(), 200)).rejects.toThrow(`Photo id ${id} is taken`);
  });

  it('fails when the table does', async () => {
    dynamo.on(TransactWriteCommand).rejects(throttled);

    await expect(store.startUpload(photo(), 200)).rejects.toBe(throttled);
  });
});

describe('a conditional write', () => {
  const writes = [
    { what: 'marking as uploaded', write: () => store.markUploaded(id, objectOf(id), '0A'), answer: undefined },
    { what: 'asking for removal', write: () => store.requestRemoval(id, 'ada'), answer: undefined },
    { what: 'postponing', write: () => store.postpone(id, 'UPLOADED', then), answer: undefined },
    { what: 'expiring', write: () => store.expireUpload(id, then), answer: false },
    {
      what: 'giving up an abandoned photo',
      write: () => store.failAbandoned(photo({ executionId: 'run-1' })),
      answer: false,
    },
    { what: 'listing an orphan', write: () => store.scheduleRemoval(id), answer: undefined },
    { what: 'dropping a row', write: () => store.removeRecord(id, then), answer: undefined },
  ];

  it.each(writes)('is nothing to do when its condition does not hold: $what', async ({ write, answer }) => {
    dynamo.onAnyCommand().rejects(conditionFailed);

    expect(await write()).toBe(answer);
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

describe('work that the sweep takes up', () => {
  beforeEach(() => {
    dynamo.onAnyCommand().resolves({});
  });

  const update = () => dynamo.commandCalls(UpdateCommand)[0]?.args[0].input;

  it.each(['PENDING_UPLOAD', 'UPLOADED'] as const)(
    'is put off as long as it is %s and nobody asked for its removal',
    async (status) => {
      await store.postpone(id, status, then);

      expect(update()).toMatchObject({
        Key: { PK: `photo#${id}`, SK: 'workflow' },
        UpdateExpression: 'SET GSI2SK = :until',
        ConditionExpression: 'objStatus = :status AND attribute_not_exists(deleteRequestedAt)',
        ExpressionAttributeValues: { ':until': then, ':status': status },
      });
    },
  );

  it('expires when it was started before, did not come, and nobody asked for its removal', async () => {
    expect(await store.expireUpload(id, then)).toBe(true);

    expect(dynamo.commandCalls(DeleteCommand)[0]?.args[0].input).toEqual({
      TableName: 'table',
      Key: { PK: `photo#${id}`, SK: 'workflow' },
      ConditionExpression: 'objStatus = :pending AND createdAt < :before AND attribute_not_exists(deleteRequestedAt)',
      ExpressionAttributeValues: { ':pending': 'PENDING_UPLOAD', ':before': then },
    });
  });

  it('is given up while the run that is gone still has it, and nobody asked for its removal', async () => {
    expect(await store.failAbandoned(photo({ executionId: 'run-1' }))).toBe(true);

    expect(update()).toMatchObject({
      UpdateExpression: expect.stringMatching(/ REMOVE GSI2PK, GSI2SK$/),
      ConditionExpression:
        'objStatus = :processing AND executionId = :executionId AND attribute_not_exists(deleteRequestedAt)',
      ExpressionAttributeValues: { ':failed': 'FAILED', ':executionId': 'run-1', ':reason': 'SYSTEM_FAULT' },
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
    await store.removePublished({ photoId: id, updatedAt: then });

    expect(dynamo.calls()).toHaveLength(0);
  });

  it('drops a row whatever state it is in, unless something has arrived since', async () => {
    await store.removeRecord(id, then);

    expect(dynamo.commandCalls(DeleteCommand)[0]?.args[0].input).toEqual({
      TableName: 'table',
      Key: { PK: `photo#${id}`, SK: 'workflow' },
      ConditionExpression: 'updatedAt = :unchangedSince',
      ExpressionAttributeValues: { ':unchangedSince': then },
    });
  });

  describe('an object that belongs to no photo, or to one that is being removed', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(then) });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('is listed as work from now on, so that a removal asked for before starts anew', async () => {
      await store.scheduleRemoval(id);

      expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
        Key: { PK: `photo#${id}`, SK: 'workflow' },
        UpdateExpression:
          'SET photoId = :photoId, deleteRequestedAt = if_not_exists(deleteRequestedAt, :now), updatedAt = :now, ' +
          'GSI2PK = :openPK, GSI2SK = :openSK',
        ExpressionAttributeValues: {
          ':photoId': id,
          ':now': then,
          ':openPK': 'open#REMOVING#1',
          ':openSK': then,
        },
      });
    });

    it('never marks a photo whose removal nobody asked for', async () => {
      await store.scheduleRemoval(id);

      expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input.ConditionExpression).toBe(
        'attribute_not_exists(PK) OR attribute_exists(deleteRequestedAt)',
      );
    });
  });
});
