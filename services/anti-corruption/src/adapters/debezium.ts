import * as z from 'zod/mini';
import { positionOf } from '../domain/position.ts';
import { digits, parseAs } from './exact-json.ts';
import type { LogRecord } from './log-record.ts';

// Records of Debezium's connectors for PostgreSQL and MySQL (MariaDB alike), as JSON without schemas; with them, the caller
// has taken the payload out. https://debezium.io/documentation/reference/stable/connectors/

const nullable = <Schema extends z.core.$ZodType>(schema: Schema) => z.optional(z.nullable(schema));

const envelope = z.object({
  op: z.enum(['c', 'u', 'd', 'r', 't', 'm']),
  before: nullable(z.unknown()),
  after: nullable(z.unknown()),
  source: z.looseObject({ connector: z.string(), table: nullable(z.string()), ts_ms: digits }),
  transaction: nullable(z.object({ id: z.string() })),
});

const postgres = z.object({ lsn: digits, txId: nullable(digits) });
const mysql = z.object({
  file: z.string().check(z.regex(/\.\d{1,10}$/, 'must end in the number of the binary log')),
  pos: digits,
  row: nullable(digits),
  gtid: nullable(z.string()),
});

/** What these records hold besides changes of rows. */
export function besidesRows(payload: Readonly<Record<string, unknown>>): LogRecord | undefined {
  if ('ddl' in payload || 'tableChanges' in payload) return { ignored: 'schema-change' };
  if ('status' in payload && 'id' in payload && !('op' in payload)) return { ignored: 'transaction-marker' };
  if (Object.keys(payload).length === 1 && 'ts_ms' in payload) return { ignored: 'heartbeat' };
  return payload['op'] === 'm' ? { ignored: 'logical-message' } : undefined;
}

/** @throws Error when it is no change of a row, or its position cannot be compared with others */
export function readDebezium(payload: unknown, epoch: number): LogRecord {
  const { op, before, after, source, transaction } = parseAs('A record of Debezium', envelope, payload);
  const isRead = op === 'r';
  const { position, written } = placeOf(source, epoch, isRead);
  const together = written ?? transaction?.id;
  return {
    table: source.table ?? '',
    operation: op === 'd' ? 'delete' : op === 't' ? 'truncate' : 'write',
    row: op === 'd' ? before : after,
    position,
    // All that a snapshot reads is one transaction of the reader's: nobody wrote it together.
    transaction: isRead ? undefined : together,
    committedAt: new Date(Number(source.ts_ms)).toISOString(),
  };
}

/**
 * Where the change is in the log, and which transaction wrote it.
 *
 * PostgreSQL: the log sequence number of the change. Changes of one row are in its order, as a row stays locked until its
 * transaction ends; so are those of a job and its salary, thanks to the foreign key. Debezium's own `sequence` would add the
 * last commit, but that is null after a start and therefore not the same whenever a record comes again. What a snapshot has
 * read at a position was there before what is written at that position, hence the last digit.
 *
 * MySQL: file and position in the binary log, and the row among those of one statement.
 */
function placeOf(source: z.output<typeof envelope>['source'], epoch: number, isRead: boolean) {
  if (source.connector === 'postgresql') {
    const { lsn, txId } = parseAs('The source of a PostgreSQL record', postgres, source);
    return {
      position: positionOf(epoch, [
        [lsn, 20],
        [isRead ? '0' : '1', 1],
      ]),
      written: txId,
    };
  }
  if (source.connector === 'mysql' || source.connector === 'mariadb') {
    const { file, pos, row, gtid } = parseAs('The source of a MySQL record', mysql, source);
    const number = file.slice(file.lastIndexOf('.') + 1);
    return {
      position: positionOf(epoch, [
        [number, 10],
        [pos, 12],
        [row ?? '0', 9],
      ]),
      written: gtid,
    };
  }
  throw new Error(
    `Positions of the connector ${JSON.stringify(source.connector)} are not known here: only those of postgresql, mysql and mariadb are`,
  );
}
