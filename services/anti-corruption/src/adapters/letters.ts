import { sendDeadLetter } from '@happy-path/aws/dead-letters';
import type { IntakePorts } from '../domain/intake.ts';
import { parseAs } from './exact-json.ts';
import { kinesisRecord } from './kinesis-batch.ts';

/** SQS's own limit, 1 MiB, less what is around a record. In base64 one of the stream can be larger. */
const maxRecordLength = 1_048_576 - 16_384;
const maxReasonLength = 1000;

export const fitsMessage = (raw: unknown): boolean => JSON.stringify(raw).length <= maxRecordLength;

/** Lays records aside in a queue; of one that is too large its place in the stream, so that it does not hold up its shard. */
export const deadLetters =
  (queueUrl: string): IntakePorts['giveUp'] =>
  (raw, error) => {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, maxReasonLength);
    if (fitsMessage(raw)) return sendDeadLetter(queueUrl, raw, reason);
    const { kinesis, ...record } = parseAs('A record of the stream', kinesisRecord, raw);
    const { data: _, ...place } = kinesis;
    return sendDeadLetter(
      queueUrl,
      { ...record, kinesis: place },
      `${reason} (the record is too large for a letter: read it from the stream by its sequence number)`,
    );
  };
