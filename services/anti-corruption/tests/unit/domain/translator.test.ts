import { describe, expect, it } from 'vitest';
import { readRecord } from '../../../src/adapters/log-record.ts';
import { type JobMemory, release, translate, unseenJob } from '../../../src/domain/translator.ts';
import { SourceLog, type SourceRecord } from '../../source-log.ts';

const id = 10017;
const salary = { id: 20017, job_id: id };

/** Translates the records of a job one after the other. */
function told(records: readonly SourceRecord[], from: JobMemory = unseenJob(String(id))) {
  let memory = from;
  const outcomes = records.map((record) => {
    const reading = readRecord(JSON.stringify(record), 1);
    if ('ignored' in reading) return reading;
    const step = translate(memory, reading.change);
    memory = step.memory;
    return step.outcome;
  });
  return { memory, outcomes, events: memory.unpublished.map(({ body }) => summary(body)) };
}

function summary(body: string): string {
  const { type, data } = JSON.parse(body);
  return [type, data.title, data.salary?.amount, data.previous && `was ${data.previous.amount}`]
    .filter(Boolean)
    .join(' ');
}

describe('a job and its salary', () => {
  it('of one transaction are one event', () => {
    const log = new SourceLog().transaction((t) => {
      t.insertJob({ id });
      t.insertSalary(salary);
    });
    expect(told(log.records)).toMatchObject({
      outcomes: ['told', 'told'],
      events: ['JobCreated Pastry chef 48000.00'],
    });
  });

  it('of two transactions are two', () => {
    const log = new SourceLog().transaction((t) => t.insertJob({ id })).transaction((t) => t.insertSalary(salary));
    expect(told(log.records).events).toEqual(['JobCreated Pastry chef', 'JobSalaryUpdated 48000.00']);
  });

  it('are two when the job was released before the salary of its transaction came', () => {
    const { records } = new SourceLog().transaction((t) => {
      t.insertJob({ id });
      t.insertSalary(salary);
    });
    const held = told(records.slice(0, 1)).memory;
    const released = release(held, `jobs:${id}:${held.positions[`jobs#${id}`]}`);
    expect(told(records.slice(1), released).events).toEqual(['JobCreated Pastry chef', 'JobSalaryUpdated 48000.00']);
  });
});

describe('a job', () => {
  it('that is held is told as it was committed', () => {
    const log = new SourceLog().transaction((t) => {
      t.insertJob({ id });
      t.updateJob({ id, title: 'Head pastry chef' });
      t.insertSalary(salary);
    });
    expect(told(log.records).events).toEqual(['JobCreated Head pastry chef 48000.00']);
  });

  it('that is held is told before anything of another transaction', () => {
    const log = new SourceLog()
      .transaction((t) => t.insertJob({ id }))
      .transaction((t) => t.updateJob({ id, views: 1 }));
    expect(told(log.records)).toMatchObject({
      outcomes: ['told', { ignored: 'job-updated' }],
      events: ['JobCreated Pastry chef'],
    });
  });

  it('of which nobody knows the transaction is told at once', () => {
    const { records } = new SourceLog().transaction((t) => t.insertJob({ id }));
    const [record = {}] = records;
    const source = { ...(record['source'] as object), txId: null };
    expect(told([{ ...record, source }])).toMatchObject({
      memory: { status: 'OPEN' },
      events: ['JobCreated Pastry chef'],
    });
  });

  it('that is first seen when it is updated is told as a new one', () => {
    const log = new SourceLog().transaction((t) => t.updateJob({ id })).transaction((t) => t.deleteJob({ id }));
    expect(told(log.records).events).toEqual(['JobCreated Pastry chef', 'JobDeleted']);
  });

  it('that is deleted and written anew is a new one, without the salary it had', () => {
    const log = new SourceLog()
      .transaction((t) => {
        t.insertJob({ id });
        t.insertSalary(salary);
      })
      .transaction((t) => {
        t.deleteSalary(salary);
        t.deleteJob({ id });
      })
      .transaction((t) => t.insertJob({ id }))
      .transaction((t) => t.insertSalary({ ...salary, id: 20018 }));
    expect(told(log.records).events).toEqual([
      'JobCreated Pastry chef 48000.00',
      'JobDeleted',
      'JobCreated Pastry chef',
      'JobSalaryUpdated 48000.00',
    ]);
  });

  it('that is written anew does not remember the rows of its earlier life', () => {
    const log = new SourceLog()
      .transaction((t) => {
        t.insertJob({ id });
        t.insertSalary(salary);
      })
      .transaction((t) => t.deleteJob({ id }))
      .transaction((t) => t.insertJob({ id }));
    expect(told(log.records).memory.positions).toEqual({ [`jobs#${id}`]: '0001.00000000003221226080.1' });
  });

  it('that nobody knew is not told to be deleted, and its late birth neither', () => {
    const { records } = new SourceLog().transaction((t) => t.insertJob({ id })).transaction((t) => t.deleteJob({ id }));
    expect(told(records.toReversed())).toMatchObject({
      outcomes: [{ ignored: 'unknown-job-deleted' }, 'repeated'],
      events: [],
    });
  });
});

describe('a salary', () => {
  const open = () => new SourceLog().transaction((t) => t.insertJob({ id })).transaction((t) => t.insertSalary(salary));

  it('that changes is told with what it was', () => {
    const log = open().transaction((t) => t.updateSalary({ ...salary, amount: '51500.00' }));
    expect(told(log.records).events.at(-1)).toBe('JobSalaryUpdated 51500.00 was 48000.00');
  });

  it.each(['48000.00', '48000', '48000.0'])('that is written as %s and is the same is not told', (amount) => {
    const log = open().transaction((t) => t.updateSalary({ ...salary, amount }));
    expect(told(log.records)).toMatchObject({ outcomes: ['told', 'told', { ignored: 'salary-unchanged' }] });
  });

  it('whose job has not come is early, and nothing is remembered of it', () => {
    const { records } = open();
    const { outcomes, memory } = told(records.slice(1));
    expect(outcomes).toEqual(['early']);
    expect(memory).toEqual(unseenJob(String(id)));
  });

  it('of a deleted job is ignored, unless it was written after that: then the job is to come anew', () => {
    const log = open()
      .transaction((t) => t.deleteJob({ id }))
      .transaction((t) => t.insertSalary({ ...salary, id: 20018 }));
    const { records } = log;
    const late = [...records.slice(0, 1), ...records.slice(2, 3), ...records.slice(1, 2), ...records.slice(3)];
    expect(told(late).outcomes).toEqual(['told', 'told', { ignored: 'salary-of-deleted-job' }, 'early']);
  });

  it('of an earlier life of its job is ignored, also when the job has come anew', () => {
    const { records } = open()
      .transaction((t) => t.deleteJob({ id }))
      .transaction((t) => t.insertJob({ id }));
    const late = [...records.slice(0, 1), ...records.slice(2), ...records.slice(1, 2)];
    expect(told(late)).toMatchObject({
      outcomes: ['told', 'told', 'told', { ignored: 'salary-of-deleted-job' }],
      memory: { status: 'HELD' },
    });
  });

  it('that is deleted is not told: there is no event for it', () => {
    expect(told(open().transaction((t) => t.deleteSalary(salary)).records).outcomes.at(-1)).toEqual({
      ignored: 'salary-deleted',
    });
  });
});

describe('the sequence of events', () => {
  const sequences = ({ memory }: ReturnType<typeof told>) =>
    memory.unpublished.map(({ body }) => JSON.parse(body).sequence as string);

  it('grows where the position does not: a snapshot reads a job and its salary at one place', () => {
    const { records } = new SourceLog().snapshot((t) => {
      t.insertJob({ id });
      t.insertSalary(salary);
    });
    expect(sequences(told(records))).toEqual([
      '0001.00000000003221225472.0.0000000001',
      '0001.00000000003221225472.0.0000000002',
    ]);
  });

  it('does not fall back for a row that was written before what is told', () => {
    const { records } = new SourceLog()
      .transaction((t) => t.insertJob({ id }))
      .transaction((t) => t.insertSalary(salary))
      .transaction((t) => t.insertSalary({ ...salary, id: 20018, amount: '50000.00' }));
    const overtaken = [...records.slice(0, 1), ...records.slice(2), ...records.slice(1, 2)];
    expect(sequences(told(overtaken))).toEqual([
      '0001.00000000003221225624.1.0000000001',
      '0001.00000000003221225928.1.0000000002',
      '0001.00000000003221225928.1.0000000003',
    ]);
  });
});

describe('a record', () => {
  it('that comes again, or after a later one of its row, changes nothing', () => {
    const { records } = new SourceLog()
      .transaction((t) => {
        t.insertJob({ id });
        t.insertSalary(salary);
      })
      .transaction((t) => t.updateSalary({ ...salary, amount: '50000.00' }))
      .transaction((t) => t.deleteJob({ id }));
    const { memory, events } = told(records);
    const again = told([...records, ...records.toReversed()], memory);
    expect(new Set(again.outcomes)).toEqual(new Set(['repeated']));
    expect(again.events).toEqual(events);
  });

  it('of another kind of log is not taken to be older or newer', () => {
    const { records } = new SourceLog().transaction((t) => t.insertJob({ id }));
    const { memory } = told(records);
    const source = { connector: 'mysql', table: 'jobs', file: 'binlog.000003', pos: 154, row: 0, ts_ms: 1 };
    expect(() => told([{ ...records[0], source }], memory)).toThrow('raise SourceEpoch');
    const { change } = readRecord(JSON.stringify({ ...records[0], source }), 2) as { change: never };
    expect(translate(memory, change).outcome).toEqual({ ignored: 'job-updated' });
  });
});
