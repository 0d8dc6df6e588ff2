import type { IgnoredReason } from '../domain/change.ts';
import type { Reading } from '../domain/intake.ts';
import { besidesRows, readDebezium } from './debezium.ts';
import { readDms } from './dms.ts';
import { parseExactly } from './exact-json.ts';
import { jobKeyOf, jobOf, salaryKeyOf, salaryOf } from './source-rows.ts';

/** A record of a source's log, whoever captured it; or why it holds no change of a row. */
export type LogRecord =
  | { readonly ignored: IgnoredReason }
  | {
      readonly table: string;
      readonly operation: 'write' | 'delete' | 'truncate';
      /** As it is from now on; of a row that was deleted, as it was. */
      readonly row: unknown;
      readonly position: string;
      readonly transaction: string | undefined;
      readonly committedAt: string;
    };

/**
 * Reads one record of the stream, whichever of the known formats it is in.
 *
 * @param epoch see {@link positionOf}
 * @throws Error when it is in none of them, or says something that makes no event and should
 */
export function readRecord(text: string, epoch: number): Reading {
  if (text.trim() === '') return { ignored: 'tombstone' };
  const value = parseExactly(text);
  const payload = isObject(value) && 'payload' in value ? value['payload'] : value;
  if (payload === null) return { ignored: 'tombstone' };
  if (!isObject(payload)) throw new Error('The record is no JSON object');
  const record = logRecordOf(payload, epoch);
  return 'ignored' in record ? record : readChange(record);
}

function logRecordOf(payload: Readonly<Record<string, unknown>>, epoch: number): LogRecord {
  if ('metadata' in payload) return readDms(payload, epoch);
  const other = besidesRows(payload);
  if (other !== undefined) return other;
  if ('op' in payload && 'source' in payload) return readDebezium(payload, epoch);
  throw new Error('The record is neither one of Debezium (op, source) nor one of AWS DMS (metadata)');
}

function readChange(record: Exclude<LogRecord, { readonly ignored: unknown }>): Reading {
  const { table, operation, row, ...place } = record;
  if (table === 'jobs') {
    if (operation === 'truncate')
      throw new Error('A truncate of jobs deletes all jobs without naming one: publish what it means by hand');
    const id = jobKeyOf(row);
    const at = { table, key: id, jobId: id, ...place } as const;
    return {
      change: operation === 'delete' ? { kind: 'jobDeleted', ...at } : { kind: 'jobWritten', ...at, job: jobOf(row) },
    };
  }
  if (table !== 'salaries') return { ignored: 'other-table' };
  // A job without a salary is one whose salary is not known: there is no event for it.
  if (operation !== 'write') return { ignored: 'salary-deleted' };
  const { id, jobId } = salaryKeyOf(row);
  return { change: { kind: 'salaryWritten', table, key: id, jobId, ...place, salary: salaryOf(row) } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
