import * as z from 'zod/mini';

/** A change as Debezium has recorded it, of which only what is made anew in each round is looked at. */
const recordedChange = z.object({
  key: z.string(),
  record: z.looseObject({
    before: z.nullable(z.record(z.string(), z.unknown())),
    after: z.nullable(z.record(z.string(), z.unknown())),
    source: z.looseObject({ ts_ms: z.number(), txId: z.number(), lsn: z.number() }),
    ts_ms: z.number(),
  }),
});
export const changeLog = z.array(recordedChange);
export type ChangeLog = z.infer<typeof changeLog>;

/** Where the next run goes on. */
export interface Cursor {
  /** Counts how often the log was replayed to its end. */
  readonly generation: number;
  readonly next: number;
}

/** A record for the stream. */
export interface ReplayedChange {
  readonly key: string;
  readonly data: string;
}

/** How far each round is from the one before: other jobs, later in the database's log, a month on. */
const perRound = { id: 10_000, lsn: 16_777_216, transaction: 1_000, ms: 30 * 86_400_000 };

/** The next changes of the log, at most to its end; after that it begins anew, with other jobs. */
export function nextChanges(log: ChangeLog, { generation, next }: Cursor, amount: number) {
  const changes = log.slice(next, next + amount).map((change) => inRound(change, generation));
  const end = next + changes.length;
  const cursor: Cursor = end < log.length ? { generation, next: end } : { generation: generation + 1, next: 0 };
  return { changes, cursor, left: log.length - end };
}

function inRound({ key, record }: ChangeLog[number], round: number): ReplayedChange {
  const { source } = record;
  const moved = {
    ...record,
    before: rowInRound(record.before, round),
    after: rowInRound(record.after, round),
    source: {
      ...source,
      ts_ms: source.ts_ms + round * perRound.ms,
      txId: source.txId + round * perRound.transaction,
      lsn: source.lsn + round * perRound.lsn,
    },
    ts_ms: record.ts_ms + round * perRound.ms,
  };
  return { key: String(Number(key) + round * perRound.id), data: JSON.stringify(moved) };
}

function rowInRound(row: Readonly<Record<string, unknown>> | null, round: number) {
  if (row === null) return null;
  const ids = ['id', 'job_id'].filter((column) => typeof row[column] === 'number');
  return { ...row, ...Object.fromEntries(ids.map((column) => [column, Number(row[column]) + round * perRound.id])) };
}
