/**
 * Writes the change log that services/anti-corruption replays, as Debezium would have recorded it off a small PostgreSQL
 * database of a recruiting agency within thirty days:
 *
 *   node tools/change-log/record.ts
 *
 * It always writes the same file: what chance there is comes from a seed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RecordedChange {
  /** The job's id: the streams's partition key. */
  readonly key: string;
  readonly record: Readonly<Record<string, unknown>>;
}

type Row = Readonly<Record<string, string | number>>;

const jobCount = 60;
const begin = Date.parse('2026-06-01T07:00:00Z');
const dayMs = 86_400_000;
const file = join(import.meta.dirname, '../../services/anti-corruption/src/replay/change-log.json');

const titles = [
  ['Pastry chef', 'Forn Baluard'],
  ['Line cook', 'Cal Ventura'],
  ['Barista', 'Cafè de la Rambla'],
  ['Sommelier', 'Celler Vell'],
  ['Gardener', 'Parcs i Jardins'],
  ['Park ranger', 'Serra de Collserola'],
  ['Head waiter', 'Can Torrent'],
  ['Kitchen porter', 'Mesón del Norte'],
  ['Restaurant manager', 'Grupo Olivar'],
  ['Event planner', 'Fiesta & Partners'],
] as const;
const locations = ['Barcelona', 'Girona', 'Madrid', 'Valencia', 'Bilbao', 'Lisboa'];
const employmentTypes = ['full-time', 'full-time', 'full-time', 'part-time', 'temporary', 'contract'];

/** Numbers from 0 to 1 that look random and are always the same (mulberry32). */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The database, and what its log says of every change. Changes of one transaction have its number and moment. */
class Database {
  readonly log: RecordedChange[] = [];
  #lsn = 3_221_225_472;
  #transaction = 741;

  transaction(at: number, ...changes: readonly ((write: (change: Written) => void) => void)[]): void {
    this.#transaction += 1;
    for (const change of changes) change((written) => this.#append(at, written));
    // The commit has a place of its own.
    this.#lsn += 48;
  }

  #append(at: number, { op, table, jobId, before, after }: Written): void {
    this.#lsn += 8 * (11 + (String(JSON.stringify(after ?? before)).length >> 3));
    const source = {
      version: '3.3.1.Final',
      connector: 'postgresql',
      name: 'agency',
      ts_ms: at,
      snapshot: 'false',
      db: 'agency',
      schema: 'public',
      table,
      txId: this.#transaction,
      lsn: this.#lsn,
    };
    const record = { before: before ?? null, after: after ?? null, source, op, ts_ms: at + 90 + (this.#lsn % 700) };
    this.log.push({ key: String(jobId), record });
  }
}

interface Written {
  readonly op: 'c' | 'u' | 'd';
  readonly table: string;
  readonly jobId: number;
  readonly before?: Row;
  readonly after?: Row;
}

/** One thing that happens at the agency, at its time. */
interface Happening {
  readonly at: number;
  readonly does: (database: Database) => void;
}

export function recordChangeLog(): RecordedChange[] {
  const chance = chanceFrom(20260601);
  const happenings = Array.from({ length: jobCount }, (_, n) => lifeOf(n, chance)).flat();
  const database = new Database();
  for (const { does } of happenings.toSorted((one, other) => one.at - other.at)) does(database);
  return withRestarts(withForgottenSetting(database.log));
}

/** A job's life: written, read by many, its salary raised, sometimes taken down, rarely put up again. */
function lifeOf(n: number, chance: () => number): Happening[] {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)] as Item;
  const [title, company] = pick(titles);
  const id = 10_001 + n;
  const at = begin + Math.floor(chance() * 18 * dayMs);
  const later = (days: number) => at + Math.floor((0.02 + chance()) * days * dayMs);
  const job = { id, title, company, location: pick(locations), employment_type: pick(employmentTypes) };
  const isHourly = job.employment_type === 'temporary';
  const amount = (raise: number) =>
    (isHourly ? 14 + raise / 2 : 26_000 + 500 * Math.floor(n / 2) + 1500 * raise).toFixed(2);
  const salary = (raise: number) => ({
    id: 20_001 + n,
    job_id: id,
    amount: amount(raise),
    currency: 'EUR',
    period: isHourly ? 'hour' : 'year',
  });
  const writeJob = (write: (change: Written) => void) =>
    write({ op: 'c', table: 'jobs', jobId: id, after: { ...job, views: 0 } });
  const writeSalary = (write: (change: Written) => void) =>
    write({ op: 'c', table: 'salaries', jobId: id, after: salary(0) });

  const life: Happening[] = [];
  const way = chance();
  if (way < 0.7) life.push({ at, does: (database) => database.transaction(at, writeJob, writeSalary) });
  else {
    life.push({ at, does: (database) => database.transaction(at, writeJob) });
    const agreed = later(0.5);
    if (way < 0.92) life.push({ at: agreed, does: (database) => database.transaction(agreed, writeSalary) });
  }
  const isPaid = way < 0.92;
  for (let views = 1; views <= Math.floor(chance() * 3); views += 1) {
    const when = later(4);
    life.push({
      at: when,
      does: (database) =>
        database.transaction(when, (write) =>
          write({
            op: 'u',
            table: 'jobs',
            jobId: id,
            before: { ...job, views: 40 * views - 40 },
            after: { ...job, views: 40 * views },
          }),
        ),
    });
  }
  let raise = 0;
  for (let when = later(5); isPaid && chance() < 0.58 && raise < 3; when += Math.floor((0.5 + chance()) * 2 * dayMs)) {
    const [from, to] = [salary(raise), salary(raise + 1)];
    raise += 1;
    const moment = when;
    life.push({
      at: moment,
      does: (database) =>
        database.transaction(moment, (write) =>
          write({ op: 'u', table: 'salaries', jobId: id, before: from, after: to }),
        ),
    });
  }
  if (chance() < 0.35) {
    const end = Math.max(...life.map((happening) => happening.at)) + Math.floor((0.2 + chance()) * dayMs);
    const last = salary(raise);
    life.push({
      at: end,
      does: (database) =>
        database.transaction(
          end,
          (write) => isPaid && write({ op: 'd', table: 'salaries', jobId: id, before: last }),
          (write) => write({ op: 'd', table: 'jobs', jobId: id, before: { ...job, views: 120 } }),
        ),
    });
    if (chance() < 0.2) {
      const again = end + Math.floor(0.3 * dayMs);
      life.push({ at: again, does: (database) => database.transaction(again, writeJob, writeSalary) });
    }
  }
  return life;
}

/** Somebody ran the connector for a moment without decimal.handling.mode=string: an amount came as bytes in base64. */
function withForgottenSetting(log: readonly RecordedChange[]): RecordedChange[] {
  const changed = log.findIndex(
    ({ record }, index) => index > log.length * 0.6 && record['op'] === 'u' && tableOf(record) === 'salaries',
  );
  return log.map((change, index) =>
    index === changed
      ? { ...change, record: { ...change.record, after: { ...(change.record['after'] as Row), amount: 'Lr5g' } } }
      : change,
  );
}

/** Whenever the connector is started again it sends once more what it has not noted down as sent. */
function withRestarts(log: readonly RecordedChange[]): RecordedChange[] {
  const restarts = [
    { after: 70, again: 12 },
    { after: 150, again: 5 },
    { after: 230, again: 9 },
  ];
  return log.flatMap((change, index) => {
    const restart = restarts.find(({ after }) => after === index);
    return restart === undefined ? [change] : [change, ...log.slice(index + 1 - restart.again, index + 1)];
  });
}

const tableOf = ({ source }: RecordedChange['record']): unknown => (source as Row)['table'];

/** One change on a line, so that a difference can be read. */
export const asFile = (log: readonly RecordedChange[]): string =>
  `[\n${log.map((change) => JSON.stringify(change)).join(',\n')}\n]\n`;

if (import.meta.main) writeFileSync(file, asFile(recordChangeLog()));
