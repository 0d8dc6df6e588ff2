import { createHash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { openWorkKey } from '@happy-path/photos/photo-record';
import { AccountDeletedError } from '../domain/errors.ts';
import { documents } from './dynamo.ts';

/** How long a closed account's marker refuses its tokens: they live an hour, see the user pool client. */
const closedAccountSeconds = 24 * 3600;

export const quotaPartition = (owner: string) => `quota#${owner}`;

/** A closed account is remembered by the digest of its subject: enough to refuse its tokens, not to name the person. */
export const accountKey = (owner: string) => ({
  PK: `account#${createHash('sha256').update(owner).digest('hex')}`,
  SK: 'closed',
});

/** What is kept of an account beside its photos: its quota, and that it was closed. */
export function accountStore(tableName: string) {
  const TableName = tableName;

  return {
    /** @throws AccountDeletedError when the account was closed */
    async requireOpen(owner: string): Promise<void> {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: accountKey(owner), ConsistentRead: true, ProjectionExpression: 'PK' }),
      );
      if (Item) throw new AccountDeletedError();
    },

    async closeAccount(owner: string): Promise<void> {
      const now = new Date();
      const key = accountKey(owner);
      await documents.send(
        new PutCommand({
          TableName,
          Item: {
            ...key,
            owner,
            ...openWorkKey('CLOSING_ACCOUNT', key.PK, now.toISOString()),
            expiresAt: Math.floor(now.getTime() / 1000) + closedAccountSeconds,
          },
        }),
      );
    },

    async settleAccount(owner: string): Promise<void> {
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: accountKey(owner),
          UpdateExpression: 'REMOVE GSI2PK, GSI2SK, #owner',
          ConditionExpression: 'attribute_exists(PK)',
          ExpressionAttributeNames: { '#owner': 'owner' },
        }),
      );
    },

    async removeQuota(owner: string): Promise<void> {
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'PK = :quota',
          ExpressionAttributeValues: { ':quota': quotaPartition(owner) },
          ProjectionExpression: 'PK, SK',
        }),
      );
      await Promise.all(Items.map((Key) => documents.send(new DeleteCommand({ TableName, Key }))));
    },
  };
}
