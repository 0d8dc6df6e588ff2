import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { documents } from '@happy-path/aws/dynamo';
import type { Outcome } from '@happy-path/job-consumers/consume';
import * as z from 'zod/mini';
import type { Job, JobState } from '../domain/job.ts';

/** Where a page of the list ended. */
export interface Position {
  readonly jobId: string;
  readonly openedKey: string;
}

/** The index lists open jobs only: a row that leaves its state loses these attributes. */
const openJobsIndex = 'OpenJobs';
const listing = 'open';

const openRow = z.object({
  jobId: z.string(),
  title: z.string(),
  company: z.string(),
  location: z.string(),
  employmentType: z.string(),
  openedAt: z.string(),
});
const known = z.object({ sequence: z.object({ S: z.string() }) });

/** The table with one row for each job's id: an open job, or for a time the mark that it is gone. */
export const jobStore = (TableName: string) => ({
  /**
   * Writes the state unless the row is of the same event or of a later one: repetitions and stragglers change nothing, in
   * whatever order, however long afterwards, and whoever else writes at the same time.
   *
   * @param keepSeconds how long the mark of a job that is gone stays
   */
  async record(state: JobState, keepSeconds: number): Promise<Outcome> {
    try {
      await documents.send(
        new PutCommand({
          TableName,
          Item: rowOf(state, keepSeconds),
          ConditionExpression: 'attribute_not_exists(jobId) OR #sequence < :sequence',
          ExpressionAttributeNames: { '#sequence': 'sequence' },
          ExpressionAttributeValues: { ':sequence': state.sequence },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return 'applied';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return z.parse(known, error.Item).sequence.S === state.sequence ? 'duplicate' : 'ignored';
    }
  },

  /** The open job of that id. */
  async readJob(jobId: string): Promise<Job | undefined> {
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { jobId } }));
    return Item?.['listing'] === listing ? z.parse(openRow, Item) : undefined;
  },

  /** One page of the open jobs, the newest first. */
  async openJobs(limit: number, after?: Position): Promise<{ jobs: Job[]; next?: Position }> {
    const { Items = [], LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: openJobsIndex,
        KeyConditionExpression: 'listing = :listing',
        ExpressionAttributeValues: { ':listing': listing },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: after && { listing, ...after },
      }),
    );
    const jobs = Items.map((item) => z.parse(openRow, item));
    if (!LastEvaluatedKey) return { jobs };
    return { jobs, next: { jobId: LastEvaluatedKey['jobId'], openedKey: LastEvaluatedKey['openedKey'] } };
  },
});

function rowOf(state: JobState, keepSeconds: number): Record<string, unknown> {
  const { sequence } = state;
  if (state.kind === 'open') {
    const { job } = state;
    return { ...job, sequence, listing, openedKey: `${job.openedAt}#${job.jobId}` };
  }
  const { jobId, goneAt } = state;
  // From now on, not from when it was deleted: what is still on its way comes after this, however late this is.
  return { jobId, sequence, goneAt, expiresAt: Math.floor(Date.now() / 1000) + keepSeconds };
}
