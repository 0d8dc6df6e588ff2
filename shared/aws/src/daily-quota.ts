import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { AccountDeletedError, QuotaExceededError } from '@happy-path/http-api/errors';
import { documents } from './dynamo.ts';

/** How long a closed account's marker refuses its tokens: they live an hour, see the user pool client. */
export const closedAccountSeconds = 24 * 3600;
const secondsPerDay = 86_400;

const quotaPartition = (owner: string) => `quota#${owner}`;

/** A closed account is remembered by the digest of its subject: enough to refuse its tokens, not to name the person. */
export const accountKey = (owner: string) => ({
  PK: `account#${createHash('sha256').update(owner).digest('hex')}`,
  SK: 'closed',
});

/** How often one owner may do a kind of thing on one UTC day. */
export interface DailyQuota {
  readonly owner: string;
  /** In the plural, as the refusal names it: `uploads`. */
  readonly kind: string;
  readonly limit: number;
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Conditional<T> = T & { readonly ConditionExpression: string };
export type ConditionalWrite =
  | { readonly Put: Conditional<NonNullable<TransactItem['Put']>> }
  | { readonly Update: Conditional<NonNullable<TransactItem['Update']>> };

/** Tries of a write that collides with another one of the same owner, and the longest pause before the first retry. */
const conflictTries = 5;
const conflictPauseMs = 50;

/**
 * Writes an item and counts it against its owner's quota, both or neither.
 *
 * @param write a conditional one
 * @returns false when its condition does not hold
 * @throws QuotaExceededError when the owner has used up the quota
 * @throws AccountDeletedError when the owner's account was closed
 */
export async function writeWithinQuota(
  TableName: string,
  { owner, kind, limit }: DailyQuota,
  write: ConditionalWrite,
): Promise<boolean> {
  const now = new Date();
  const day = now.toISOString().slice(0, 10);
  const transaction = new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: { PK: quotaPartition(owner), SK: `${day}#${kind}` },
          UpdateExpression: 'ADD #count :one SET expiresAt = :expiresAt',
          ConditionExpression: 'attribute_not_exists(#count) OR #count < :limit',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: {
            ':one': 1,
            ':limit': limit,
            ':expiresAt': Math.floor(now.getTime() / 1000) + 2 * secondsPerDay,
          },
        },
      },
      { ConditionCheck: { TableName, Key: accountKey(owner), ConditionExpression: 'attribute_not_exists(PK)' } },
      write,
    ],
  });

  for (let tries = 1; ; tries += 1) {
    try {
      await documents.send(transaction);
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const [quotaUsedUp, accountClosed, refused] = codes.map((code) => code === 'ConditionalCheckFailed');
      if (accountClosed) throw new AccountDeletedError();
      if (refused) return false;
      if (quotaUsedUp) throw new QuotaExceededError(`At most ${limit} ${kind} a day`, secondsUntilTomorrow(now));
      // The SDK retries neither: a visitor's requests at the same time meet on the quota.
      const isTransient = codes.some((code) => code === 'TransactionConflict' || code === 'ThrottlingError');
      if (!isTransient || tries === conflictTries) throw error;
      await sleep(Math.random() * conflictPauseMs * 2 ** (tries - 1));
    }
  }
}

function secondsUntilTomorrow(now: Date): number {
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Math.ceil((tomorrow - now.getTime()) / 1000);
}

/** Forgets what an owner was counted for. */
export async function removeQuota(TableName: string, owner: string): Promise<void> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'PK = :quota',
      ExpressionAttributeValues: { ':quota': quotaPartition(owner) },
      ProjectionExpression: 'PK, SK',
    }),
  );
  await Promise.all(Items.map((Key) => documents.send(new DeleteCommand({ TableName, Key }))));
}
