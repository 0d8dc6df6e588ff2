import { ProvisionedThroughputExceededException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { AccountDeletedError, QuotaExceededError } from '@happy-path/http-api/errors';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeWithinQuota } from '../../src/daily-quota.ts';

const sleep = vi.hoisted(() => vi.fn(async (_ms: number) => undefined));
vi.mock('node:timers/promises', () => ({ setTimeout: sleep }));

const dynamo = mockClient(DynamoDBDocumentClient);
const now = new Date('2026-06-14T09:40:00.000Z');
const tomorrow = Date.parse('2026-06-15T09:40:00.000Z') / 1000;

beforeEach(() => {
  dynamo.reset();
  sleep.mockClear();
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const quota = { owner: 'ada', kind: 'uploads', limit: 200 } as const;
const put = { Put: { TableName: 'table', Item: { PK: 'a' }, ConditionExpression: 'attribute_not_exists(PK)' } };
const none = 'None';
const failed = 'ConditionalCheckFailed';
/** Reasons in the order of the transaction's writes: quota, account, the put. */
const cancelledBecause = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const transactions = () => dynamo.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems);

describe('a write within a quota', () => {
  it('counts, checks the account and puts the item, all or nothing', async () => {
    expect(await writeWithinQuota('table', quota, put)).toBe(true);

    expect(transactions()).toEqual([
      [
        {
          Update: {
            TableName: 'table',
            Key: { PK: 'quota#ada', SK: '2026-06-14#uploads' },
            UpdateExpression: 'ADD #count :one SET expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(#count) OR #count < :limit',
            ExpressionAttributeNames: { '#count': 'count' },
            ExpressionAttributeValues: { ':one': 1, ':limit': 200, ':expiresAt': tomorrow + 86_400 },
          },
        },
        {
          ConditionCheck: {
            TableName: 'table',
            Key: { PK: expect.stringMatching(/^account#[0-9a-f]{64}$/), SK: 'closed' },
            ConditionExpression: 'attribute_not_exists(PK)',
          },
        },
        put,
      ],
    ]);
  });

  it('counts each kind, each owner and each UTC day by itself', async () => {
    await writeWithinQuota('table', { ...quota, kind: 'places' }, put);
    await writeWithinQuota('table', { ...quota, owner: 'eve' }, put);
    vi.setSystemTime(new Date('2026-06-14T23:59:59.999Z'));
    await writeWithinQuota('table', quota, put);
    vi.setSystemTime(new Date('2026-06-15T00:00:00.000Z'));
    await writeWithinQuota('table', quota, put);

    expect(transactions().map((items) => items?.[0]?.Update?.Key)).toEqual([
      { PK: 'quota#ada', SK: '2026-06-14#places' },
      { PK: 'quota#eve', SK: '2026-06-14#uploads' },
      { PK: 'quota#ada', SK: '2026-06-14#uploads' },
      { PK: 'quota#ada', SK: '2026-06-15#uploads' },
    ]);
  });

  it.each([
    { why: 'the quota is used up', codes: [failed, none, none], error: QuotaExceededError },
    { why: 'the account was closed', codes: [none, failed, none], error: AccountDeletedError },
    { why: 'the account was closed, whatever else', codes: [failed, failed, failed], error: AccountDeletedError },
    {
      why: 'the quota is used up, though it also met another write',
      codes: [failed, none, 'TransactionConflict'],
      error: QuotaExceededError,
    },
  ])('is refused when $why, and not tried again', async ({ codes, error }) => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(...codes));

    await expect(writeWithinQuota('table', quota, put)).rejects.toBeInstanceOf(error);
    expect(transactions()).toHaveLength(1);
  });

  it.each([
    { what: '', codes: [none, none, failed] },
    { what: ', even when the quota is used up', codes: [failed, none, failed] },
  ])('says that the condition of the put does not hold$what', async ({ codes }) => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(...codes));

    expect(await writeWithinQuota('table', quota, put)).toBe(false);
  });

  it.each(['uploads', 'places'] as const)('names what there were too many of: %s', async (kind) => {
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(failed, none, none));

    await expect(writeWithinQuota('table', { owner: 'ada', kind, limit: 7 }, put)).rejects.toThrow(
      `At most 7 ${kind} a day`,
    );
  });

  it.each([
    { at: '2026-06-14T09:40:00.000Z', seconds: 51_600 },
    { at: '2026-06-14T23:59:59.001Z', seconds: 1 },
    { at: '2026-12-31T00:00:00.000Z', seconds: 86_400 },
  ])('over the quota at $at may be tried again in $seconds s, at midnight UTC', async ({ at, seconds }) => {
    vi.setSystemTime(new Date(at));
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause(failed, none, none));

    await expect(writeWithinQuota('table', quota, put)).rejects.toMatchObject({ retryAfterSeconds: seconds });
  });
});

describe('a write within a quota that meets another one of the same owner', () => {
  it.each([
    { what: 'a conflict on the quota', codes: ['TransactionConflict', none, none] },
    { what: 'a conflict on the item', codes: [none, none, 'TransactionConflict'] },
    { what: 'throttling', codes: [none, 'ThrottlingError', none] },
  ])('is tried again: $what', async ({ codes }) => {
    dynamo
      .on(TransactWriteCommand)
      .rejectsOnce(cancelledBecause(...codes))
      .resolves({});

    expect(await writeWithinQuota('table', quota, put)).toBe(true);
    expect(transactions()).toHaveLength(2);
  });

  it('may be refused when it is tried again', async () => {
    dynamo
      .on(TransactWriteCommand)
      .rejectsOnce(cancelledBecause('TransactionConflict', none, none))
      .rejects(cancelledBecause(failed, none, none));

    await expect(writeWithinQuota('table', quota, put)).rejects.toBeInstanceOf(QuotaExceededError);
  });

  it('fails after five tries', async () => {
    const conflict = cancelledBecause('TransactionConflict', none, none);
    dynamo.on(TransactWriteCommand).rejects(conflict);

    await expect(writeWithinQuota('table', quota, put)).rejects.toBe(conflict);
    expect(transactions()).toHaveLength(5);
  });

  it.each([
    { luck: 0, pauses: [0, 0, 0, 0] },
    { luck: 0.5, pauses: [25, 50, 100, 200] },
    { luck: 1, pauses: [50, 100, 200, 400] },
  ])('pauses longer each time, by chance ($luck), so that two do not meet again', async ({ luck, pauses }) => {
    vi.spyOn(Math, 'random').mockReturnValue(luck);
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause('TransactionConflict', none, none));

    await expect(writeWithinQuota('table', quota, put)).rejects.toThrow();

    expect(sleep.mock.calls.map(([ms]) => ms)).toEqual(pauses);
  });

  it.each([
    { what: 'a cancellation for another reason', error: cancelledBecause('ValidationError', none, none) },
    { what: 'a cancellation without reasons', error: new TransactionCanceledException({ $metadata: {}, message: '' }) },
    {
      what: 'a table that is away',
      error: new ProvisionedThroughputExceededException({ $metadata: {}, message: 'Too much' }),
    },
  ])('passes $what on as the fault it is, at once', async ({ error }) => {
    dynamo.on(TransactWriteCommand).rejects(error);

    await expect(writeWithinQuota('table', quota, put)).rejects.toBe(error);
    expect(transactions()).toHaveLength(1);
  });
});
