import * as z from 'zod/mini';
import { positionOf } from '../domain/position.ts';
import { digits, parseAs } from './exact-json.ts';
import type { LogRecord } from './log-record.ts';

// Records of AWS DMS with a Kinesis stream as target. https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.Kinesis.html

const record = z.object({
  data: z.optional(z.nullable(z.unknown())),
  metadata: z.looseObject({
    'record-type': z.enum(['data', 'control']),
    operation: z.string(),
    'table-name': z.optional(z.string()),
    timestamp: z.string(),
    'commit-timestamp': z.optional(z.string()),
  }),
});

const details = z.object({
  'stream-position': z.string(),
  'transaction-id': digits,
  'transaction-record-id': digits,
});

const operations = ['load', 'insert', 'update', 'delete'];

/** @throws Error when it is no change of a row, or its position cannot be compared with others */
export function readDms(value: unknown, epoch: number): LogRecord {
  const { data, metadata } = parseAs('A record of DMS', record, value);
  if (metadata['record-type'] === 'control') return { ignored: 'control-record' };
  const { operation } = metadata;
  if (!operations.includes(operation))
    throw new Error(`A record of DMS cannot be read: operation ${JSON.stringify(operation)} is none of ${operations}`);
  const isLoad = operation === 'load';
  const place = isLoad ? undefined : parseAs('The metadata of a DMS record', details, metadata);
  return {
    table: metadata['table-name'] ?? '',
    operation: operation === 'delete' ? 'delete' : 'write',
    row: data,
    position: positionOf(epoch, place === undefined ? beforeAll : partsOf(place)),
    transaction: place?.['transaction-id'],
    committedAt: instantOf(metadata['commit-timestamp'] ?? metadata.timestamp),
  };
}

type Parts = Parameters<typeof positionOf>[1];

/** A full load comes before whatever the log tells, and has no place in it. */
const beforeAll: Parts = [
  ['0', 20],
  ['0', 12],
  ['0', 9],
];

/**
 * DMS names the place in the source's own way. PostgreSQL: `00000002/7C007178.3.00000002/7C007178` begins with the log
 * sequence number; MySQL: `mysql-bin-changelog.000024:373:...` with file and position of the binary log. Records of one
 * transaction are numbered.
 */
function partsOf(place: z.output<typeof details>): Parts {
  const position = place['stream-position'];
  const number = [place['transaction-record-id'], 9] as const;
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})(?:\.|$)/i.exec(position) ?? [];
  if (high && low) return [[String(BigInt(`0x${high}${low.padStart(8, '0')}`)), 20], ['0', 12], number];
  const [, file, offset] = /^[^:]+\.(\d{1,10}):(\d{1,12})(?::|$)/.exec(position) ?? [];
  if (file && offset) return [[file, 20], [offset, 12], number];
  throw new Error(
    `The stream-position ${JSON.stringify(position)} of a DMS record cannot be compared with others: neither a PostgreSQL log sequence number nor a MySQL binary log's file and position`,
  );
}

function instantOf(timestamp: string): string {
  const instant = new Date(timestamp);
  if (Number.isNaN(instant.getTime()))
    throw new Error(`The timestamp ${JSON.stringify(timestamp)} of a DMS record is no point in time`);
  return instant.toISOString();
}
