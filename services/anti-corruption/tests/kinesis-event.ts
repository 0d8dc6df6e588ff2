import type { SourceRecord } from './source-log.ts';

/** A batch of the stream, as Lambda hands it over. */
export const kinesisEvent = (records: readonly (SourceRecord | string)[]) => ({
  Records: records.map((record, n) => ({
    eventID: `shardId-000000000000:${n}`,
    kinesis: {
      partitionKey: 'key',
      sequenceNumber: `seq-${n}`,
      data: Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)).toString('base64'),
    },
  })),
});
