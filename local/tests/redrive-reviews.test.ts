import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Review } from '../../services/reviews/src/domain/review.ts';
import { redrive } from '../src/redrive.ts';
import type { Target } from '../src/target.ts';

const documents = mockClient(DynamoDBDocumentClient);
const ssm = mockClient(SSMClient);
const target: Target = {
  stage: 'prod',
  name: 'stage prod',
  config: { region: 'eu-west-1' },
  command: (verb, settings = {}) => [verb, ...Object.values(settings)].join(' '),
};
const now = new Date('2026-06-14T12:00:00.000Z');

const review = (reviewId: string, changes: Partial<Review> = {}): Partial<Review> => ({
  reviewId,
  createdAt: '2026-06-14T10:00:00.000Z',
  translationStatus: 'TRANSLATED',
  sentimentStatus: 'SCORED',
  ...changes,
});

let said: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
  for (const client of [documents, ssm]) client.reset();
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(console, 'log').mockImplementation((text) => said.push(`${text}\n`));
  publish('translate=true,score=true');
  documents.on(UpdateCommand).resolves({});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function publish(steps: string): void {
  for (const [key, Value] of Object.entries({ 'table-name': 'table', steps }))
    ssm.on(GetParameterCommand, { Name: `/happy-path/prod/reviews/${key}` }).resolves({ Parameter: { Value } });
}
const store = (...Items: object[]) => documents.on(ScanCommand).resolves({ Items: [...Items] });
/** What was set to RETRY, by review. */
const retried = () =>
  Object.fromEntries(
    documents
      .commandCalls(UpdateCommand)
      .map(({ args: [{ input }] }) => [
        String(input.Key?.['PK']),
        String(input.UpdateExpression).match(/\w+Status(?= = :retry)/g),
      ]),
  );

describe('redrive SERVICE=reviews', () => {
  it('has the steps take up what they left unfinished, each what it is', async () => {
    store(
      review('1', { translationStatus: 'FAILED', sentimentStatus: 'FAILED', translationReason: 'Too\nwarm' }),
      review('2', { translationStatus: 'PENDING' }),
      review('3', { sentimentStatus: 'RETRY' }),
      review('4', { alertStatus: 'MARKED', negativeSince: '2026-06-14T11:00:00.000Z' }),
      review('5', { alertStatus: 'CLAIMED', alertClaimedUntil: '2026-06-14T11:02:00.000Z' }),
      review('6'),
      review('7', { translationStatus: 'UNSUPPORTED_PAIR', sentimentStatus: 'UNSUPPORTED_LANGUAGE' }),
      review('8', { alertStatus: 'ALERTED', negativeSince: '2026-06-14T11:00:00.000Z' }),
    );
    expect(await redrive(target, 'reviews', false)).toBe(true);
    expect(retried()).toEqual({
      'review#1': ['translationStatus', 'sentimentStatus'],
      'review#2': ['translationStatus'],
      'review#3': ['sentimentStatus'],
      'review#4': ['alertStatus'],
      'review#5': ['alertStatus'],
    });
    expect(said.join('')).toContain('Too warm');
  });

  it('has what could not be scored before scored by its translation, where that can be', async () => {
    const late = { sentimentStatus: 'UNSUPPORTED_LANGUAGE' } as const;
    store(
      review('1', { ...late, translatedLanguage: 'en' }),
      review('2', { ...late, translatedLanguage: 'nl' }),
      review('3', { ...late, translationStatus: 'PENDING' }),
    );
    await redrive(target, 'reviews', false);
    expect(retried()).toEqual({ 'review#1': ['sentimentStatus'], 'review#3': ['translationStatus'] });
  });

  it('ends the wait for a translation that is switched off', async () => {
    publish('translate=false,score=true');
    store(review('1', { translationStatus: 'PENDING', sentimentStatus: 'PENDING' }));
    await redrive(target, 'reviews', false);
    expect(retried()).toEqual({ 'review#1': ['sentimentStatus'] });
  });

  it('leaves alone what is on its way: marked a moment ago, or in somebody’s hands', async () => {
    store(
      review('1', { alertStatus: 'MARKED', negativeSince: '2026-06-14T11:55:00.000Z' }),
      review('2', { alertStatus: 'CLAIMED', alertClaimedUntil: '2026-06-14T12:01:00.000Z' }),
    );
    expect(await redrive(target, 'reviews', false)).toBe(true);
    expect(retried()).toEqual({});
    const [scan] = documents.commandCalls(ScanCommand).map(({ args }) => args[0].input);
    expect(scan?.ExpressionAttributeValues).toMatchObject({ ':before': '2026-06-14T11:50:00.000Z' });
  });

  it('leaves steps alone that are switched off', async () => {
    publish('translate=false,score=true');
    store(
      review('1', { translationStatus: 'PENDING', sentimentStatus: 'FAILED' }),
      review('2', { translationStatus: 'PENDING' }),
    );
    await redrive(target, 'reviews', false);
    expect(retried()).toEqual({ 'review#1': ['sentimentStatus'] });
  });

  it('only lists them in a dry run', async () => {
    store(review('1', { translationStatus: 'FAILED' }));
    expect(await redrive(target, 'reviews', true)).toBe(true);
    expect(documents.commandCalls(UpdateCommand)).toEqual([]);
    expect(said.join('')).toMatch(/FAILED.*Nothing was changed\. Redrive them: redrive reviews/s);
  });

  it('changes a review only while it is as it was read', async () => {
    store(review('1', { translationStatus: 'FAILED' }));
    documents.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ message: 'changed', $metadata: {} }));
    expect(await redrive(target, 'reviews', false)).toBe(true);
    const [update] = documents.commandCalls(UpdateCommand).map(({ args }) => args[0].input);
    expect(update?.ConditionExpression).toBe('translationStatus = :translationStatus');
    expect(update?.ExpressionAttributeValues).toMatchObject({ ':translationStatus': 'FAILED' });
  });

  it('names what could not be taken up, and goes on with the others', async () => {
    store(...Array.from({ length: 12 }, (_, n) => review(`${n}`, { translationStatus: 'FAILED' })));
    documents.on(UpdateCommand).rejectsOnce(new Error('Slow down')).resolves({});
    expect(await redrive(target, 'reviews', false)).toBe(false);
    expect(documents.commandCalls(UpdateCommand)).toHaveLength(12);
    expect(said.join('')).toMatch(/stays as it is for now: Error: Slow down/);
  });

  it('says when there are no reviews', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }));
    await expect(redrive(target, 'reviews', false)).rejects.toThrow('The reviews are not deployed on stage prod.');
  });
});
