import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { accountKey, closedAccountSeconds, removeQuota } from '@happy-path/aws/daily-quota';
import { documents } from '@happy-path/aws/dynamo';

/** What is kept of an author beside the reviews: the quota, and that the account was closed. */
export const accountStore = (tableName: string) => ({
  /** From now on no review of this author is stored, though the account's tokens live on for a while. */
  async closeAccount(author: string): Promise<void> {
    const expiresAt = Math.floor(Date.now() / 1000) + closedAccountSeconds;
    await documents.send(new PutCommand({ TableName: tableName, Item: { ...accountKey(author), expiresAt } }));
  },

  removeQuota: (author: string): Promise<void> => removeQuota(tableName, author),
});
