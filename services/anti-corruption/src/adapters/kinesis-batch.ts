import * as z from 'zod/mini';
import type { Arrival } from '../domain/intake.ts';
import { parseAs } from './exact-json.ts';
import { readRecord } from './log-record.ts';

/** A record as Lambda hands it over, or as it was laid aside; its other fields stay with it. */
export const kinesisRecord = z.looseObject({
  /** Which of the logs that were followed it is from. Lambda does not say: whoever lays it aside does. */
  sourceEpoch: z.optional(z.int().check(z.gte(0), z.lte(9999))),
  kinesis: z.looseObject({ sequenceNumber: z.string().check(z.minLength(1)), data: z.string() }),
});

const batch = z.object({ Records: z.array(kinesisRecord) });

/** @throws Error when this is no batch of a Kinesis stream */
export function recordsIn(event: unknown): z.infer<typeof batch>['Records'] {
  return parseAs('The event', batch, event).Records;
}

/**
 * @param id as whoever delivers the record names it
 * @param epoch of a record that does not tell its own
 */
export function arrivalOf(id: string, record: z.infer<typeof kinesisRecord>, epoch: number): Arrival {
  const { sourceEpoch = epoch, kinesis } = record;
  return {
    id,
    raw: { ...record, sourceEpoch },
    read: () => readRecord(Buffer.from(kinesis.data, 'base64').toString('utf8'), sourceEpoch),
  };
}
