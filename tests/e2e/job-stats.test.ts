import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { readJobEvent } from '@happy-path/job-consumers/job-event';
import { anyHistory, anyRepeats, type JobEventBody, jobEvent, withRepeats } from '@happy-path/job-consumers/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DuckDb, openDuckDb, type Row } from '../../local/src/duckdb.ts';
import { createJobEvents, sqlOf } from '../../local/src/job-view.ts';
import { jsonLines, objectKey, partitionsOf } from '../../services/analytics/src/domain/partitions.ts';
import { templateCatalog } from '../analytics-catalog.ts';
import { published, site } from '../engine-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'job-view-'));
  // Installs DuckDB on a fresh clone.
  (await openDuckDb()).close();
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the view shows of batches, stored as the function stores them. */
async function viewOf(batches: readonly (readonly JobEventBody[])[], query: string): Promise<Row[]> {
  const objects = await mkdtemp(join(folder, 'bucket-'));
  for (const batch of batches)
    for (const partition of partitionsOf(batch.map((event) => readJobEvent(JSON.stringify(event))))) {
      const file = join(objects, relative('job-events', objectKey(partition)));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, gzipSync(jsonLines(partition)));
    }
  const duck: DuckDb = await openDuckDb();
  try {
    await createJobEvents(duck, templateCatalog, objects);
    return await duck.rows(query);
  } finally {
    duck.close();
    await rm(objects, { recursive: true });
  }
}

test('the view holds each event once, whatever was repeated and however it was cut into batches', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(anyHistory, anyRepeats, cuts, async (history, repeats, sizes) => {
      const rest = withRepeats(history, repeats);
      const batches = sizes.map((size) => rest.splice(0, size)).filter(({ length }) => length > 0);
      const rows = await viewOf(
        batches,
        'SELECT event_id, event_type, job_id, sequence FROM job_events ORDER BY sequence',
      );
      expect(rows).toEqual(
        history.map(({ id, type, subject, sequence }) => ({
          event_id: id,
          event_type: type,
          job_id: subject,
          sequence,
        })),
      );
    }),
    { numRuns: 15 },
  );
});

describe('a row of the view', () => {
  const columns = 'event_time, title, salary_amount, salary_currency, salary_period, previous_amount, dt';

  test('has exact amounts and the time in UTC', async () => {
    const event = {
      ...jobEvent('JobSalaryUpdated', '7', 1, {
        salary: { amount: '999999999999999.123456', currency: 'EUR', period: 'YEAR' },
      }),
      time: '2026-06-15T01:30:00.250+02:00',
    };
    expect(await viewOf([[event]], `SELECT ${columns} FROM job_events`)).toEqual([
      {
        event_time: '2026-06-14 23:30:00.25',
        title: null,
        salary_amount: '999999999999999.123456',
        salary_currency: 'EUR',
        salary_period: 'YEAR',
        previous_amount: '48000.000000',
        dt: '2026-06-14',
      },
    ]);
  });

  test('has no salary when the event has none', async () => {
    const event = jobEvent('JobCreated', '7', 1, { salary: undefined, title: 'Baker' });
    expect(await viewOf([[event]], `SELECT ${columns} FROM job_events`)).toMatchObject([
      { title: 'Baker', salary_amount: null, previous_amount: null },
    ]);
  });
});

test('the view in the deployed catalog is that of the template', async () => {
  const DatabaseName = await published('analytics/database-name');
  const { Table } = await new GlueClient(site.clientConfig).send(
    new GetTableCommand({ DatabaseName, Name: 'job_events' }),
  );
  expect(sqlOf(Table?.ViewOriginalText ?? '')).toBe(sqlOf(templateCatalog.viewText));
});
