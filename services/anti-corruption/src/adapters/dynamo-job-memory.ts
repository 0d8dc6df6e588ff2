import { BatchGetCommand, type BatchGetCommandOutput, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documents, unlessConditionFails } from '@happy-path/aws/dynamo';
import type { IntakePorts, Stored } from '../domain/intake.ts';
import { type JobMemory, unseenJob } from '../domain/translator.ts';
import { chunks, pause } from './batches.ts';

/** BatchGetItem's own limit. */
const keysPerRead = 100;
/** DynamoDB hands keys back that it has no time for: another attempt, with a longer pause each, and then it is a fault. */
const readAttempts = 5;

type MemoryStore = Pick<IntakePorts, 'recall' | 'save' | 'tickOff'>;
type Item = JobMemory & { readonly PK: string; readonly revision: number };

const keyOf = (jobId: string) => ({ PK: `job#${jobId}` });

/**
 * The table of positions: one item per job, with the last position of each of its rows and what was told of it.
 *
 * @param keepDeletedSeconds how long the positions of a deleted job are kept, to know its repeated records by
 */
export function jobMemory(TableName: string, keepDeletedSeconds: number): MemoryStore {
  return {
    recall: async (jobIds) => {
      const items = await Promise.all(chunks(jobIds, keysPerRead).map((ids) => readAll(TableName, ids)));
      const known = new Map(items.flat().map((item) => [item.jobId, storedOf(item)]));
      return new Map(jobIds.map((jobId) => [jobId, known.get(jobId) ?? { memory: unseenJob(jobId), revision: 0 }]));
    },

    save: async (memory, revision) => {
      const isDeleted = memory.status === 'DELETED';
      const expiresAt = isDeleted ? Math.floor(Date.now() / 1000) + keepDeletedSeconds : undefined;
      const put = new PutCommand({
        TableName,
        Item: { ...keyOf(memory.jobId), ...memory, revision: revision + 1, expiresAt },
        ConditionExpression: revision === 0 ? 'attribute_not_exists(PK)' : 'revision = :revision',
        ...(revision > 0 && { ExpressionAttributeValues: { ':revision': revision } }),
      });
      const written = await unlessConditionFails(documents.send(put));
      return written && revision + 1;
    },

    tickOff: async (jobId, revision) => {
      const update = new UpdateCommand({
        TableName,
        Key: keyOf(jobId),
        UpdateExpression: 'SET unpublished = :none, revision = :next',
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ':none': [], ':revision': revision, ':next': revision + 1 },
      });
      // Whoever has changed the job since has found the same events unpublished, and publishes and ticks them off as well.
      await unlessConditionFails(documents.send(update));
    },
  };
}

function storedOf({ PK: _, revision, ...item }: Item): Stored {
  const { jobId, positions, status, held, deletedAt, sequence, salary, unpublished } = item;
  return { memory: { jobId, positions, status, held, deletedAt, sequence, salary, unpublished }, revision };
}

async function readAll(table: string, jobIds: readonly string[]): Promise<Item[]> {
  const items: Item[] = [];
  let request: NonNullable<BatchGetCommandOutput['UnprocessedKeys']> = {
    [table]: { Keys: jobIds.map(keyOf), ConsistentRead: true },
  };
  for (let attempt = 1; attempt <= readAttempts; attempt += 1) {
    const answer: BatchGetCommandOutput = await documents.send(new BatchGetCommand({ RequestItems: request }));
    items.push(...((answer.Responses?.[table] ?? []) as Item[]));
    request = answer.UnprocessedKeys ?? {};
    if (Object.keys(request).length === 0) return items;
    await pause(attempt);
  }
  throw new Error(`DynamoDB left jobs unread ${readAttempts} times in a row`);
}
