import '../unit/environment.ts';

import { readFileSync } from 'node:fs';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { recordChangeLog } from '../../../../tools/change-log/record.ts';
import { employmentTypes, salaryPeriods } from '../../src/domain/change.ts';
import { handler as onChangeRecords } from '../../src/handlers/on-change-records.ts';
import { handler as onHeldChanges } from '../../src/handlers/on-held-changes.ts';
import { handler as onReplaySchedule } from '../../src/handlers/on-replay-schedule.ts';
import { kinesisEvent } from '../kinesis-event.ts';
import { beginAnew, published, sentTo } from '../unit/aws-world.ts';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, root), 'utf8'));
const types = ['JobCreated', 'JobSalaryUpdated', 'JobDeleted'];
const sampleOf = (type: string) => read(`events/anti-corruption/${type}.v1.json`);
const schemaOf = (type: string) => read(`events/anti-corruption/${type}.v1.schema.json`);
const invocation = (name: string) => read(`events/invoke/anti-corruption/${name}.json`);

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const validators = new Map(types.map((type) => [type, ajv.compile(schemaOf(type))]));

captureOutput();
beforeEach(beginAnew);

test('the records of the sample make the events of the samples', async () => {
  expect(await onChangeRecords(invocation('on-change-records'), context)).toEqual({ batchItemFailures: [] });
  expect(published().map(({ event }) => event)).toEqual(types.map(sampleOf));
});

test('records of DMS make events of the same kind', async () => {
  expect(await onChangeRecords(invocation('on-change-records.dms'), context)).toEqual({ batchItemFailures: [] });
  expect(published()).toMatchObject([
    { event: { type: 'JobCreated', data: { title: 'Barista', salary: { amount: '13.5', period: 'HOUR' } } } },
  ]);
  expect(valid(published()[0]?.event)).toBe(true);
});

test('what waits is what the sample of on-held-changes holds', async () => {
  const [job] = invocation('on-change-records').Records;
  await onChangeRecords({ Records: [job] }, context);
  const sample = invocation('on-held-changes');
  expect(sentTo('held-changes').map(({ message }) => message)).toEqual([JSON.parse(sample.Records[0].body)]);
  expect(await onHeldChanges(sample, context)).toEqual({ batchItemFailures: [] });
  expect(published()).toHaveLength(1);
});

test('on-replay-schedule takes its sample', async () => {
  expect(await onReplaySchedule(invocation('on-replay-schedule'), context)).toMatchObject({ replayed: 1 });
});

test('every event of the recorded change log is as the schemas say', async () => {
  await onChangeRecords(kinesisEvent(recordChangeLog().map(({ record }) => record)), context);
  expect(new Set(published().map(({ event }) => event.type))).toEqual(new Set(types));
  for (const { event } of published()) expect(valid(event), ajv.errorsText()).toBe(true);
});

test('the schema has the words of the code', () => {
  const { salary, employmentType } = schemaOf('JobCreated').properties.data.properties;
  expect(employmentType.enum).toEqual(employmentTypes);
  expect(salary.properties.period.enum).toEqual(salaryPeriods);
});

function valid(event: { type: string } | undefined): boolean {
  return validators.get(event?.type ?? '')?.(event) === true;
}

describe.each(types)('%s', (type) => {
  const sample = sampleOf(type);

  it.each([
    ['another version', { data: { ...sample.data, version: 2 } }],
    ['an unknown field in the data', { data: { ...sample.data, owner: 'me' } }],
    ['another specversion', { specversion: '0.3' }],
    ['no sequence', { sequence: undefined }],
    ['an id that is not of the change', { id: 'c0ffee' }],
    ['no job', { data: { ...sample.data, jobId: undefined } }],
  ])('with %s is refused by its schema', (_, change) => {
    expect(valid(sample)).toBe(true);
    expect(valid(JSON.parse(JSON.stringify({ ...sample, ...change })))).toBe(false);
  });
});
