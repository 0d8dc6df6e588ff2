import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { at } from './json.ts';
import { ofType, parseTemplate } from './sam-template.ts';

const path = 'services/anti-corruption/template.yaml';
const template = parseTemplate(path, readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
const propertiesOf = (type: string, id: string) =>
  ofType(template, type).find((resource) => resource.id === id)?.properties;
const day = 86_400;

test('what AWS does not take is tried for days, and the stream has it a day longer', () => {
  const mapping = at(propertiesOf('AWS::Serverless::Function', 'OnChangeRecordsFunction'), 'Events.Changes.Properties');
  expect(mapping).toMatchObject({ MaximumRetryAttempts: 10_000, MaximumRecordAgeInSeconds: 6 * day });
  expect(propertiesOf('AWS::Kinesis::Stream', 'Changes')).toMatchObject({ RetentionPeriodHours: 7 * 24 });
});

test('the release of a job is tried for more than a day', () => {
  const queue = propertiesOf('AWS::SQS::Queue', 'HeldChanges');
  const seconds = Number(at(queue, 'RedrivePolicy.maxReceiveCount')) * Number(at(queue, 'VisibilityTimeout'));
  expect(seconds).toBeGreaterThan(day);
  expect(Number(at(queue, 'MessageRetentionPeriod'))).toBeGreaterThan(seconds);
});
