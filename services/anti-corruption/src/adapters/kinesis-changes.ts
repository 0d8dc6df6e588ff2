import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { ReplayedChange } from '../domain/replay.ts';
import { sendInOrder } from './batches.ts';

const kinesis = new KinesisClient({});

/** PutRecords' own limit. */
const callSize = 500;
const attempts = 4;

/**
 * Puts changes into the stream, those of one key in their order.
 *
 * @throws Error when the stream did not take all of them; another attempt repeats what it took
 */
export async function putChanges(StreamName: string, changes: readonly ReplayedChange[]): Promise<void> {
  const put = async (entries: readonly ReplayedChange[]) => {
    const { Records = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: entries.map(({ key, data }) => ({ PartitionKey: key, Data: Buffer.from(data) })),
      }),
    );
    return Records.flatMap(({ ErrorCode, ErrorMessage }, index) => {
      const entry = entries[index];
      if (ErrorCode === undefined || entry === undefined) return [];
      return [
        {
          entry,
          error: new Error(`The stream did not take a change of job ${entry.key}: ${ErrorCode}: ${ErrorMessage}`),
        },
      ];
    });
  };
  const lists = Map.groupBy(changes, ({ key }) => key);
  const failed = await sendInOrder(lists, put, { callSize, attempts });
  const [first] = failed.values();
  if (failed.size > 0) throw new Error(`Changes of ${failed.size} jobs were not taken: ${first}`, { cause: first });
}
