import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { accountKey, closedAccountSeconds, removeQuota } from '@happy-path/aws/daily-quota';
import { documents } from '@happy-path/aws/dynamo';
import { openWorkKey } from '@happy-path/photos/photo-record';

/** What is kept of an account beside its photos: its quota, and that it was closed. */
export function accountStore(tableName: string) {
  const TableName = tableName;

  return {
    async closeAccount(owner: string): Promise<void> {
      const key = accountKey(owner);
      await documents.send(
        new PutCommand({
          TableName,
          Item: {
            ...key,
            owner,
            ...openWorkKey('CLOSING_ACCOUNT', key.PK, new Date().toISOString()),
          },
        }),
      );
    },

    async settleAccount(owner: string): Promise<void> {
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: accountKey(owner),
          UpdateExpression: 'SET expiresAt = :expiresAt REMOVE GSI2PK, GSI2SK, #owner',
          ConditionExpression: 'attribute_exists(PK)',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':expiresAt': Math.floor(Date.now() / 1000) + closedAccountSeconds },
        }),
      );
    },

    removeQuota: (owner: string): Promise<void> => removeQuota(TableName, owner),
  };
}
