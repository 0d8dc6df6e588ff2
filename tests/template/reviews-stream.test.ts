import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matchesPattern } from './event-pattern.ts';
import { at, items } from './json.ts';
import { eventSourcesOf, ofType, parseTemplate } from './sam-template.ts';

/** Which changes of the reviews' table set off which step: a step that its own write set off would never end. */

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const template = parseTemplate('services/reviews/template.yaml', read('services/reviews/template.yaml'));
const mappings = eventSourcesOf(template).filter(({ type }) => type === 'DynamoDB');

function isSetOff(owner: string, record: unknown): boolean {
  const mapping = mappings.find((one) => one.owner.id === owner);
  return items(at(mapping?.properties, 'FilterCriteria.Filters')).some((filter) =>
    matchesPattern(JSON.parse(String(at(filter, 'Pattern'))), record),
  );
}

const [translate, score] = ['OnReviewToTranslateFunction', 'OnReviewToScoreFunction'];
const image = (row: Record<string, string>) =>
  Object.fromEntries(Object.entries(row).map(([name, text]) => [name, { S: text }]));
const posted = { translationStatus: 'PENDING', sentimentStatus: 'PENDING' };
const change = (
  eventName: string,
  before: Record<string, string> | undefined,
  after: Record<string, string> | undefined,
  PK = 'review#1',
) => ({
  eventName,
  dynamodb: {
    Keys: { PK: { S: PK }, SK: { S: 'review' } },
    ...(before && { OldImage: image({ ...posted, ...before }) }),
    ...(after && { NewImage: image({ ...posted, ...after }) }),
  },
});

test('the stream has two readers, which is what it takes without throttling them', () => {
  expect(mappings.map(({ owner }) => owner.id)).toEqual([translate, score]);
});

test.each(mappings.map((mapping) => [mapping.owner.id, mapping] as const))(
  '%s: the age is the limit of retries, and what makes no sense may be laid aside',
  (id, { owner, properties }) => {
    expect(properties).toMatchObject({ MaximumRetryAttempts: 10_000, MaximumRecordAgeInSeconds: 6 * 60 * 60 });
    const queue = at(owner.properties, 'Environment.Variables.DEAD_LETTER_QUEUE_URL.Ref');
    expect(queue).toBe(id.replace('Function', 'DeadLetterQueue'));
    expect(at(properties, 'DestinationConfig.OnFailure.Destination')).toEqual({ 'Fn::GetAtt': `${queue}.Arn` });
    expect(JSON.stringify(at(owner.properties, 'Policies'))).toContain(`${queue}.Arn`);
  },
);

const insert = change('INSERT', undefined, {});
const scored = { sentimentStatus: 'SCORED' };
const unsupported = { sentimentStatus: 'UNSUPPORTED_LANGUAGE' };

describe('step 1 is set off', () => {
  test.each<[string, unknown]>([
    ['by its sample', JSON.parse(read('events/invoke/reviews/on-review-to-translate.json')).Records[0]],
    ['by a new review', insert],
    ['by a retry', change('MODIFY', { translationStatus: 'FAILED' }, { translationStatus: 'RETRY' })],
  ])('%s', (_, record) => expect(isSetOff(translate, record)).toBe(true));
});

describe('step 1 is not set off', () => {
  test.each<[string, unknown]>([
    ...['TRANSLATED', 'NOT_NEEDED', 'UNSUPPORTED_PAIR', 'FAILED'].flatMap((translationStatus): [string, unknown][] => [
      [`by its own ${translationStatus}`, change('MODIFY', {}, { translationStatus })],
      [
        `by its own ${translationStatus} of a retry`,
        change('MODIFY', { translationStatus: 'RETRY' }, { translationStatus }),
      ],
    ]),
    ['by a score', change('MODIFY', {}, scored)],
    ['by a picture', change('MODIFY', {}, { mediaVersion: '1' })],
    ['by a removal', change('REMOVE', {}, undefined)],
    ['by a quota', change('INSERT', undefined, {}, 'quota#ada')],
    ['by a closed account', change('INSERT', undefined, {}, 'account#1')],
  ])('%s', (_, record) => expect(isSetOff(translate, record)).toBe(false));
});

describe('step 2 is set off', () => {
  const samples: unknown[] = JSON.parse(read('events/invoke/reviews/on-review-to-score.json')).Records;
  test.each<[string, unknown]>([
    ...samples.map((record, index): [string, unknown] => [`by record ${index} of its sample`, record]),
    ['by a new review', insert],
    ...['TRANSLATED', 'NOT_NEEDED', 'UNSUPPORTED_PAIR', 'FAILED'].map((translationStatus): [string, unknown] => [
      `by ${translationStatus} of one that it has not scored`,
      change('MODIFY', {}, { translationStatus }),
    ]),
    [
      'by the translation of one that could not be scored without',
      change('MODIFY', unsupported, { ...unsupported, translationStatus: 'TRANSLATED' }),
    ],
    [
      'by the mark of one that could not be scored before',
      change('MODIFY', { ...unsupported, translationStatus: 'TRANSLATED' }, { ...scored, alertStatus: 'MARKED' }),
    ],
    ['by a retry', change('MODIFY', { sentimentStatus: 'FAILED' }, { sentimentStatus: 'RETRY' })],
    ['by the mark of a negative one', change('MODIFY', {}, { ...scored, alertStatus: 'MARKED' })],
    [
      'by a retry of its mail',
      change('MODIFY', { ...scored, alertStatus: 'MARKED' }, { ...scored, alertStatus: 'RETRY' }),
    ],
  ])('%s', (_, record) => expect(isSetOff(score, record)).toBe(true));
});

describe('step 2 is not set off', () => {
  const marked = { ...scored, alertStatus: 'MARKED' };
  test.each<[string, unknown]>([
    ...['SCORED', 'UNSUPPORTED_LANGUAGE', 'FAILED'].map((sentimentStatus): [string, unknown] => [
      `by its own ${sentimentStatus}`,
      change('MODIFY', {}, { sentimentStatus }),
    ]),
    [
      'by its own UNSUPPORTED_LANGUAGE of one that is translated',
      change('MODIFY', { translationStatus: 'TRANSLATED' }, { ...unsupported, translationStatus: 'TRANSLATED' }),
    ],
    [
      'by the translation of one that it has scored',
      change('MODIFY', scored, { ...scored, translationStatus: 'TRANSLATED' }),
    ],
    ['by the translation of a marked one', change('MODIFY', marked, { ...marked, translationStatus: 'TRANSLATED' })],
    ['by the record that both were told', change('MODIFY', marked, { ...marked, announcedAt: 'now' })],
    ['by the claim of a mail', change('MODIFY', marked, { ...marked, alertStatus: 'CLAIMED' })],
    ['by a claim that is given back', change('MODIFY', { ...marked, alertStatus: 'CLAIMED' }, marked)],
    ['by a sent mail', change('MODIFY', { ...marked, alertStatus: 'CLAIMED' }, { ...marked, alertStatus: 'ALERTED' })],
    ['by a removal', change('REMOVE', {}, undefined)],
    ['by a quota', change('INSERT', undefined, {}, 'quota#ada')],
  ])('%s', (_, record) => expect(isSetOff(score, record)).toBe(false));
});

describe('each step', () => {
  const conditionOf = (id: string) => template.resources.find((one) => one.id === id)?.attributes;
  const own: Record<string, RegExp> = {
    TranslatesReviews: /^OnReviewToTranslate/,
    ScoresReviews: /^(OnReviewToScore|OnAlertBatch|Alert(Queue|DeadLetterQueue))/,
    IllustratesReviews: /^(GetReviewMedia|OnMediaUpload)/,
  };

  test.each(Object.entries(own))('%s has resources of its own, and only those', (condition, names) => {
    const conditional = template.resources.filter(({ id }) => at(conditionOf(id), 'Condition') === condition);
    expect(conditional.map(({ id }) => id)).toEqual(
      template.resources.filter(({ id }) => names.test(id)).map(({ id }) => id),
    );
    expect(conditional.some(({ type }) => type === 'AWS::Serverless::Function')).toBe(true);
    expect(conditional.some(({ type }) => ['AWS::DynamoDB::Table', 'AWS::S3::Bucket'].includes(type))).toBe(false);
  });

  test('is switched on by default', () => {
    for (const name of ['TranslateReviews', 'ScoreReviews', 'IllustrateReviews'])
      expect(at(template.body, `Parameters.${name}.Default`)).toBe('true');
  });
});

test('the alert queue hides a message for longer than a claim lasts, and the window is a minute', () => {
  const [queue] = ofType(template, 'AWS::SQS::Queue').filter(({ id }) => id === 'AlertQueue');
  expect(Number(at(queue?.properties, 'VisibilityTimeout'))).toBeGreaterThanOrEqual(6 * 30 + 300);
  expect(at(template.body, 'Parameters.AlertBatchWindowSeconds')).toMatchObject({ Default: 60, MaxValue: 300 });
});
