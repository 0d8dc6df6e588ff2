import * as z from 'zod/mini';
import type { Arrival } from '../domain/intake.ts';
import { parseAs } from './exact-json.ts';
import { readRecord } from './log-record.ts';

/** A record as Lambda hands it over; its other fields stay with it. */
export const kinesisRecord = z.looseObject({
  kinesis: z.looseObject({ sequenceNumber: z.string().check(z.minLength(1)), data: z.string() }),
});

const batch = z.object({ Records: z.array(kinesisRecord) });

/** @throws Error when this is no batch of a Kinesis stream */
export function recordsIn(event: unknown): z.infer<typeof batch>['Records'] {
  return parseAs('The event', batch, event).Records;
}

/** @param id as whoever delivers the record names it */
export const arrivalOf = (id: string, record: z.infer<typeof kinesisRecord>, epoch: number): Arrival => ({
  id,
  raw: record,
  read: () => readRecord(Buffer.from(record.kinesis.data, 'base64').toString('utf8'), epoch),
});
