import { describe, expect, it } from 'vitest';
import { readRecord } from '../../../src/adapters/log-record.ts';

const job = {
  id: 10017,
  title: ' Pastry chef ',
  company: 'Forn Baluard',
  location: 'Barcelona',
  employment_type: 'full-time',
};
const salary = { id: 20017, job_id: 10017, amount: '48000.00', currency: 'EUR', period: 'year' };
const pgSource = { connector: 'postgresql', table: 'jobs', ts_ms: 1781430087318, txId: 742, lsn: 3221225784 };
const mysqlSource = {
  connector: 'mysql',
  table: 'jobs',
  ts_ms: 1781430087318,
  gtid: '3e11fa47-71ca-11e1-9e33-c80aa9429562:23',
  file: 'binlog.000003',
  pos: 154,
  row: 2,
};
const debezium = (given: object = {}, source: object = pgSource) => ({
  op: 'c',
  before: null,
  after: job,
  source,
  ...given,
});
const metadata = {
  timestamp: '2026-06-16T08:12:31.104251Z',
  'record-type': 'data',
  operation: 'insert',
  'table-name': 'jobs',
  'stream-position': '00000002/7C007178.3.00000002/7C007178',
  'transaction-id': 912,
  'transaction-record-id': 1,
  'commit-timestamp': '2026-06-16T08:12:30.551204Z',
};
const dms = (given: object = {}, data: object = job) => ({ data, metadata: { ...metadata, ...given } });

const read = (record: unknown, epoch = 1) =>
  readRecord(typeof record === 'string' ? record : JSON.stringify(record), epoch);
const change = (record: unknown, epoch?: number) => {
  const reading = read(record, epoch);
  if ('ignored' in reading) throw new Error(`ignored: ${reading.ignored}`);
  return reading.change;
};

describe('Debezium for PostgreSQL', () => {
  it('is read: what was written, where in the log, and by which transaction', () => {
    expect(change(debezium())).toEqual({
      kind: 'jobWritten',
      table: 'jobs',
      key: '10017',
      jobId: '10017',
      position: '0001.00000000003221225784.1',
      transaction: '742',
      committedAt: '2026-06-14T09:41:27.318Z',
      job: { title: 'Pastry chef', company: 'Forn Baluard', location: 'Barcelona', employmentType: 'FULL_TIME' },
    });
  });

  it('is read alike within its schema', () => {
    expect(read({ schema: { type: 'struct' }, payload: debezium() })).toEqual(read(debezium()));
  });

  it('has places that no number of JavaScript holds', () => {
    const text = JSON.stringify(debezium()).replace('3221225784', '9007199254740993');
    expect(change(text).position).toBe('0001.00009007199254740993.1');
  });

  it('deletes by the key that is left of a row', () => {
    expect(change(debezium({ op: 'd', before: { id: 10017, title: '' }, after: null }))).toMatchObject({
      kind: 'jobDeleted',
      key: '10017',
    });
  });

  it('reads rows in a snapshot, before whatever is written at the same place, and by no transaction', () => {
    const [snapshot, written] = [change(debezium({ op: 'r' })), change(debezium())];
    expect(snapshot).toMatchObject({ kind: 'jobWritten', transaction: undefined });
    expect(snapshot.position < written.position).toBe(true);
  });
});

describe('Debezium for MySQL', () => {
  it('has its place in the binary log: file, position and row, and its transaction in the GTID', () => {
    expect(change(debezium({}, mysqlSource))).toMatchObject({
      position: '0001.0000000003.000000000154.000000002',
      transaction: mysqlSource.gtid,
    });
  });

  it('orders files by their number, not by their name', () => {
    const place = (file: string, pos: number) => change(debezium({}, { ...mysqlSource, file, pos })).position;
    expect(place('binlog.999999', 9) < place('binlog.1000000', 4)).toBe(true);
  });

  it('takes the transaction of the envelope when there is no GTID, and none when that is missing too', () => {
    const source = { ...mysqlSource, gtid: null };
    expect(change(debezium({ transaction: { id: 'binlog:9' } }, source)).transaction).toBe('binlog:9');
    expect(change(debezium({}, source)).transaction).toBeUndefined();
  });
});

describe('AWS DMS', () => {
  it('is read like Debezium', () => {
    expect(change(dms())).toMatchObject({
      kind: 'jobWritten',
      key: '10017',
      position: '0001.00000000010670338424.000000000000.000000001',
      transaction: '912',
      committedAt: '2026-06-16T08:12:30.551Z',
    });
    expect(change(dms({ operation: 'delete' }, { id: 10017, title: null }))).toMatchObject({ kind: 'jobDeleted' });
  });

  it('knows the places of a MySQL source', () => {
    const place = { 'stream-position': 'mysql-bin-changelog.000024:373:-1:2002', 'transaction-record-id': 3 };
    expect(change(dms(place)).position).toBe('0001.00000000000000000024.000000000373.000000003');
  });

  it('loads before everything else, at a place that compares with the others', () => {
    const load = { operation: 'load', 'stream-position': undefined, 'transaction-id': undefined };
    const [loaded, written] = [change(dms(load)), change(dms())];
    expect(loaded).toMatchObject({ transaction: undefined, committedAt: '2026-06-16T08:12:30.551Z' });
    expect(loaded.position.length).toBe(written.position.length);
    expect(loaded.position < written.position).toBe(true);
  });

  it('writes amounts as numbers, of which no digit is lost', () => {
    const text = JSON.stringify(dms({ 'table-name': 'salaries' }, { ...salary, amount: 1 })).replace(
      '"amount":1',
      '"amount":90071992547409.93',
    );
    expect(change(text)).toMatchObject({ kind: 'salaryWritten', salary: { amount: '90071992547409.93' } });
  });
});

describe('a row', () => {
  const paid = (given: object) =>
    change(debezium({ after: { ...salary, ...given } }, { ...pgSource, table: 'salaries' }));

  it('of salaries has a key of its own and belongs to a job', () => {
    expect(paid({ period: 'HOUR' })).toMatchObject({
      table: 'salaries',
      key: '20017',
      jobId: '10017',
      salary: { amount: '48000.00', currency: 'EUR', period: 'HOUR' },
    });
  });

  it.each([
    ['an amount in bytes', { amount: 'SZPQ' }, /amount: must be a decimal number \(decimal.handling.mode=string\)/],
    ['an amount in scientific notation', { amount: '4.8E4' }, /amount/],
    ['a currency that is a symbol', { currency: '€' }, /currency: must be an ISO 4217 code/],
    [
      'a period that nobody knows',
      { period: 'fortnight' },
      /period: "fortnight" is none of hour, day, week, month, year/,
    ],
    ['no job', { job_id: null }, /job_id/],
  ])('of salaries is refused with %s', (_, given, reason) => {
    expect(() => paid(given)).toThrow(reason);
  });

  it.each([
    ['no title', { title: '  ' }, /title/],
    ['a title as long as a book', { title: 'x'.repeat(301) }, /title/],
    ['a key that fits into no message group', { id: 'a b' }, /id: must be 1 to 64 letters/],
    ['no key', { id: null }, /id/],
  ])('of jobs is refused with %s', (_, given, reason) => {
    expect(() => change(debezium({ after: { ...job, ...given } }))).toThrow(reason);
  });

  it.each([
    ['Part_Time', 'PART_TIME'],
    ['full time', 'FULL_TIME'],
    ['zero-hours', 'OTHER'],
  ])('of jobs with employment %s is %s', (employment_type, employmentType) => {
    expect(change(debezium({ after: { ...job, employment_type } }))).toMatchObject({ job: { employmentType } });
  });
});

describe('a record without meaning', () => {
  it.each([
    ['tombstone', ''],
    ['tombstone', 'null'],
    ['tombstone', { schema: null, payload: null }],
    ['heartbeat', { ts_ms: 1781430087318 }],
    ['transaction-marker', { status: 'BEGIN', id: '742:3221225784', ts_ms: 1 }],
    ['schema-change', { source: pgSource, databaseName: 'agency', ddl: 'ALTER TABLE jobs ADD views int' }],
    ['logical-message', { op: 'm', source: pgSource, message: { prefix: 'p', content: 'YQ==' } }],
    ['other-table', debezium({}, { ...pgSource, table: 'applicants' })],
    ['salary-deleted', debezium({ op: 'd', before: { id: 20017 }, after: null }, { ...pgSource, table: 'salaries' })],
    ['salary-deleted', debezium({ op: 't', after: null }, { ...pgSource, table: 'salaries' })],
    ['control-record', dms({ 'record-type': 'control', operation: 'create-table' })],
    ['other-table', dms({ 'table-name': 'awsdms_apply_exceptions' })],
  ])('is a %s', (reason, record) => {
    expect(read(record)).toEqual({ ignored: reason });
  });
});

describe('a place that cannot be compared', () => {
  it.each([
    [
      'of a connector that is not known',
      debezium({}, { ...pgSource, connector: 'oracle' }),
      /connector "oracle" are not known/,
    ],
    [
      'without a log sequence number',
      debezium({}, { ...pgSource, lsn: null }),
      /PostgreSQL record cannot be read: lsn/,
    ],
    ['in a file without a number', debezium({}, { ...mysqlSource, file: 'binlog' }), /file: must end in the number/],
    [
      'in words of another database',
      dms({ 'stream-position': '0000D5' }),
      /stream-position "0000D5" of a DMS record cannot be compared/,
    ],
    ['without details of the transaction', dms({ 'transaction-record-id': undefined }), /transaction-record-id/],
  ])('is refused: %s', (_, record, reason) => {
    expect(() => read(record)).toThrow(reason);
  });

  it('is later than all of the epoch before', () => {
    const late = change(debezium({}, { ...pgSource, lsn: 999999999 }), 1);
    const early = change(debezium({}, { ...mysqlSource, pos: 4 }), 2);
    expect(early.position > late.position).toBe(true);
  });
});

describe('a key and a position', () => {
  it('of the greatest length still make a deduplication id', () => {
    const id = `salaries:${'k'.repeat(64)}:${change(dms()).position}`;
    expect(id.length).toBeLessThanOrEqual(128);
  });
});
