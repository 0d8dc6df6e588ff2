import { jobEvent } from '@happy-path/job-consumers/testing';
import { expect, test } from 'vitest';
import { sqlOf } from '../../local/src/job-view.ts';
import { jsonLines, objectKey, partitionsOf } from '../../services/analytics/src/domain/partitions.ts';
import { columnsIn, tableInput, templateCatalog } from '../analytics-catalog.ts';
import { at } from './json.ts';

const sql = sqlOf(templateCatalog.viewText);
const definition = JSON.parse(Buffer.from(templateCatalog.viewText.split(' ').at(-2) ?? '', 'base64').toString());
const view = tableInput('JobEventsView');
const table = tableInput('DeliveryTable');

/** Athena's types by Hive's. */
const athenaType: Record<string, string> = { string: 'varchar', timestamp: 'timestamp(3)' };

test('the view is what Athena takes for one', () => {
  expect(view).toMatchObject({
    Name: 'job_events',
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    ViewExpandedText: '/* Presto View */',
  });
  expect(templateCatalog.viewText).toMatch(/^\/\* Presto View: [A-Za-z0-9+/]+=* \*\/$/);
  expect(definition).toMatchObject({ catalog: 'awsdatacatalog', schema: 'happy_path_dev', originalSql: sql });
});

test('the view has the same columns wherever they are written, in the same order', () => {
  const columns = columnsIn(at(view, 'StorageDescriptor.Columns'));
  expect(definition.columns).toEqual(columns.map(({ name, type }) => ({ name, type: athenaType[type] ?? type })));
  const [, selected = ''] = /^SELECT ([a-z_, ]+?) FROM \(/.exec(sql) ?? [];
  expect(selected.split(', ')).toEqual(columns.map(({ name }) => name));
});

test('the view reads the table, and takes one copy of each event of a day', () => {
  expect(sql).toMatch(/row_number\(\) OVER \(PARTITION BY dt, event_id ORDER BY sequence\) AS copy/);
  expect(sql).toMatch(/FROM job_event_deliveries\) WHERE copy = 1$/);
  expect(at(table, 'Name')).toBe('job_event_deliveries');
});

const [partition] = partitionsOf([JSON.parse(JSON.stringify(jobEvent('JobCreated', '7', 1)))]);
if (!partition) throw new Error('An event makes no partition');

test('the table reads the lines that the function writes', () => {
  expect(templateCatalog.deliveries.columns.map(({ name }) => name)).toEqual(
    Object.keys(JSON.parse(jsonLines(partition))),
  );
});

test('the table finds the objects where the function puts them, without a crawler', () => {
  const location = at((at(table, 'Parameters') as Record<string, unknown>)['storage.location.template'], 'Fn::Sub');
  const [, prefix = ''] = /^s3:\/\/\$\{EventBucket\}\/(.*)$/.exec(String(location)) ?? [];
  expect(prefix).not.toBe('');
  expect(objectKey(partition).startsWith(prefix.replace(`\${!dt}`, partition.date))).toBe(true);
  expect(at(table, 'Parameters')).toMatchObject({
    'projection.enabled': 'true',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
  });
});
