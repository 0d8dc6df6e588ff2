import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EntityNotFoundException, GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { openDuckDb, type Row } from './duckdb.ts';
import { Failure } from './failure.ts';
import { readReports, reportLines } from './job-consumers.ts';
import { type Column, createJobEvents, type JobCatalog } from './job-view.ts';
import { servicesFolder } from './paths.ts';
import { say, step } from './progress.ts';
import { aligned } from './table.ts';
import type { Target } from './target.ts';

const queries = ['daily-counts', 'salary-history', 'repetitions'] as const;
type Query = (typeof queries)[number];

const titles: Record<Query, string> = {
  'daily-counts': 'Job events by day',
  'salary-history': 'Salaries of the five jobs that changed most often',
  repetitions: 'What the view has left out',
};

const atOnce = 10;

/**
 * Runs the queries of services/analytics/queries over the analytics bucket, with DuckDB in the place of Athena. Table and
 * view are those of the Glue catalog.
 *
 * @returns the rows of each query; undefined while there are no events
 */
export async function queryJobEvents(target: Target): Promise<Record<Query, Row[]> | undefined> {
  const { bucket, database } = await publishedNames(target);
  const folder = await mkdtemp(join(tmpdir(), 'job-events-'));
  try {
    if ((await download(target, bucket, folder)) === 0) return undefined;
    const catalog = await readCatalog(target, database);
    const duck = await openDuckDb();
    try {
      await createJobEvents(duck, catalog, folder);
      const results = {} as Record<Query, Row[]>;
      for (const query of queries) {
        const sql = await readFile(join(servicesFolder, 'analytics', 'queries', `${query}.sql`), 'utf8');
        results[query] = await duck.rows(sql);
      }
      return results;
    } finally {
      duck.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints what {@link queryJobEvents} finds, and on the engine what the consumers say of their work. */
export async function jobStats(target: Target): Promise<void> {
  if (target.instance) {
    console.log('What the consumers have done, by their logs');
    for (const line of reportLines(await readReports(target))) console.log(`  ${line}`);
  }
  const results = await step(`query the job events on ${target.name}`, () => queryJobEvents(target));
  if (results) console.log(`\n${resultLines(results).join('\n')}`);
  else say('There are no job events yet.');
}

/** A table for each query, under its title. */
export const resultLines = (results: Record<Query, Row[]>): string[] =>
  queries.flatMap((query, index) => [
    ...(index === 0 ? [] : ['']),
    `${titles[query]} (services/analytics/queries/${query}.sql)`,
    ...tableOf(results[query]).map((line) => `  ${line}`),
  ]);

function tableOf(rows: readonly Row[]): string[] {
  const [first] = rows;
  if (!first) return ['none'];
  const names = Object.keys(first);
  const cells = rows.map((row) => names.map((name) => textOf(row[name])));
  const numbers = names.flatMap((_, index) =>
    cells.every((row) => /^[+-]?[\d.]*$/.test(row[index] ?? '')) ? [index] : [],
  );
  return aligned([names, ...cells], numbers);
}

/** Decimals without the zeros that only their type adds. */
const textOf = (value: unknown): string => String(value ?? '').replace(/^(-?\d+\.\d\d)0+$/, '$1');

async function publishedNames({ config, stage, name }: Target): Promise<{ bucket: string; database: string }> {
  const ssm = new SSMClient(config);
  const parameter = async (key: string) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/happy-path/${stage}/analytics/${key}` }));
    return Parameter?.Value ?? '';
  };
  try {
    const [bucket, database] = await Promise.all([parameter('bucket-name'), parameter('database-name')]);
    return { bucket, database };
  } catch (cause) {
    if (!(cause instanceof ParameterNotFound)) throw cause;
    throw new Failure(`Analytics is not deployed on ${name}.`, { cause });
  }
}

/** @returns how many objects there are */
async function download({ config, instance }: Target, Bucket: string, folder: string): Promise<number> {
  const s3 = new S3Client({ ...config, forcePathStyle: instance !== undefined });
  let count = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: 'job-events/' })) {
    const keys = Contents.map(({ Key = '' }) => Key);
    for (let start = 0; start < keys.length; start += atOnce)
      await Promise.all(
        keys.slice(start, start + atOnce).map(async (Key) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
          const day = join(folder, basename(dirname(Key)));
          await mkdir(day, { recursive: true });
          await writeFile(join(day, basename(Key)), (await Body?.transformToByteArray()) ?? '');
        }),
      );
    count += keys.length;
  }
  return count;
}

async function readCatalog({ config, name }: Target, DatabaseName: string): Promise<JobCatalog> {
  const glue = new GlueClient(config);
  const table = async (Name: string) => {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName, Name }));
    return Table;
  };
  try {
    const [deliveries, view] = await Promise.all([table('job_event_deliveries'), table('job_events')]);
    return {
      deliveries: {
        columns: columnsOf(deliveries?.StorageDescriptor?.Columns),
        partitions: columnsOf(deliveries?.PartitionKeys),
      },
      viewText: view?.ViewOriginalText ?? '',
    };
  } catch (cause) {
    if (!(cause instanceof EntityNotFoundException)) throw cause;
    throw new Failure(`The catalog on ${name} lacks the tables of analytics.`, { cause, advice: 'Deploy it anew.' });
  }
}

const columnsOf = (columns: readonly { Name?: string | undefined; Type?: string | undefined }[] = []): Column[] =>
  columns.map(({ Name = '', Type = '' }) => ({ name: Name, type: Type }));
