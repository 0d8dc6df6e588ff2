import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matchesPattern } from './event-pattern.ts';
import { at, items } from './json.ts';
import { eventSourcesOf, parseTemplate } from './sam-template.ts';

/** Which changes of the table invoke its consumer: every other one would be paid for and dropped. */

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const template = parseTemplate('services/backend/template.yaml', read('services/backend/template.yaml'));
const [mapping, ...others] = eventSourcesOf(template).filter(({ type }) => type === 'DynamoDB');
const patterns = items(at(mapping?.properties, 'FilterCriteria.Filters')).map((filter) =>
  JSON.parse(String(at(filter, 'Pattern'))),
);
const isLetThrough = (record: unknown) => patterns.some((pattern) => matchesPattern(pattern, record));

const [end, appearance, removal] = JSON.parse(read('events/invoke/backend/on-table-change.json')).Records;
const change = (eventName: string, before: string | undefined, after: string | undefined, PK = 'photo#1') => ({
  eventName,
  dynamodb: {
    Keys: { PK: { S: PK }, SK: { S: 'workflow' } },
    ...(before !== undefined && { OldImage: { objStatus: { S: before } } }),
    ...(after !== undefined && { NewImage: { objStatus: { S: after } } }),
  },
});
const row = (eventName: string, PK: string, SK: string) => ({
  eventName,
  dynamodb: { Keys: { PK: { S: PK }, SK: { S: SK } }, NewImage: {}, OldImage: {} },
});

test('the table has one consumer', () => {
  expect(mapping?.owner.id).toBe('OnTableChangeFunction');
  expect(others).toEqual([]);
});

test('what the bus does not take is tried for six hours, or as often as Lambda can be told to', () => {
  expect(mapping?.properties).toMatchObject({ MaximumRetryAttempts: 10_000, MaximumRecordAgeInSeconds: 6 * 60 * 60 });
});

test('the consumer may send to its own dead-letter queue, which it is told of, and to no other', () => {
  const owner = mapping?.owner.properties;
  expect(at(owner, 'Environment.Variables.DEAD_LETTER_QUEUE_URL')).toEqual({ Ref: 'OnTableChangeDeadLetterQueue' });
  const statements = items(at(owner, 'Policies')).flatMap((policy) => items(at(policy, 'Statement')));
  expect(statements.filter((statement) => JSON.stringify(statement).includes('sqs:'))).toEqual([
    {
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: { 'Fn::GetAtt': 'OnTableChangeDeadLetterQueue.Arn' },
    },
  ]);
});

describe('the consumer is invoked', () => {
  test.each<[string, unknown]>([
    ["by its sample's end of a photo", end],
    ["by its sample's photo at a place", appearance],
    ["by its sample's photo that is removed from a place", removal],
    ...['PROCESSED', 'REJECTED', 'FAILED'].map((status): [string, unknown] => [
      `when a photo is ${status}`,
      change('MODIFY', 'PROCESSING', status),
    ]),
  ])('%s', (_what, record) => {
    expect(isLetThrough(record)).toBe(true);
  });
});

describe('the consumer is not invoked', () => {
  test.each<[string, unknown]>([
    ['when an upload is started', change('INSERT', undefined, 'PENDING_UPLOAD')],
    ['when a photo is uploaded', change('MODIFY', 'PENDING_UPLOAD', 'UPLOADED')],
    ['when a photo is claimed', change('MODIFY', 'UPLOADED', 'PROCESSING')],
    ['when a refusal is recorded again', change('MODIFY', 'REJECTED', 'REJECTED')],
    ["when a published photo's removal is asked for", change('MODIFY', 'PROCESSED', 'PROCESSED')],
    ['when an operator sets a failed photo back', change('MODIFY', 'FAILED', 'UPLOADED')],
    ["when a photo's row is removed", change('REMOVE', 'REJECTED', undefined)],
    ['when a photo at a place is written again', row('MODIFY', 'place#1', 'photo#2026#1')],
    ['when a place is removed', row('REMOVE', 'place#1', 'listing')],
    ['when a place is added', row('INSERT', 'place#1', 'listing')],
    ['when an upload is counted', row('MODIFY', 'quota#ada', '2026-06-14#uploads')],
    ['when an account is closed', row('INSERT', 'account#1', 'closed')],
  ])('%s', (_what, record) => {
    expect(isLetThrough(record)).toBe(false);
  });
});
