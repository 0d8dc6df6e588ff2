import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { documents } from '@happy-path/aws/dynamo';
import type { Cursor } from '../domain/replay.ts';

const Key = { PK: 'replay' };

/** Where the replay of the change log has come to. */
export const replayCursor = (TableName: string) => ({
  read: async (): Promise<Cursor> => {
    const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return { generation: Number(Item?.['generation'] ?? 0), next: Number(Item?.['next'] ?? 0) };
  },

  write: async (cursor: Cursor): Promise<void> => {
    await documents.send(new PutCommand({ TableName, Item: { ...Key, ...cursor } }));
  },
});
