import { randomUUID } from 'node:crypto';
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { runningInstance } from '../../local/src/engine.ts';
import { poll } from '../../local/src/poll.ts';
import { redrive } from '../../local/src/redrive.ts';
import { localTarget } from '../../local/src/target.ts';
import { reviewKey } from '../../services/reviews/src/adapters/dynamo-review-store.ts';
import { documents, physicalId, site } from '../engine-fixture.ts';
import {
  about,
  openMailbox,
  Reviewer,
  readReview,
  reviewsTable,
  reviewThat,
  scriptText,
  settled,
} from '../reviews-fixture.ts';

let author: Reviewer;
let mailbox: Awaited<ReturnType<typeof openMailbox>>;
/** Reviews that a manager is to hear of once. */
const told: string[] = [];

beforeAll(async () => {
  [author, mailbox] = await Promise.all([Reviewer.signUp(), openMailbox()]);
});

describe('500 reviews at once, with language services that throttle and fail', () => {
  const authors = 10;
  const each = 50;

  test('are all translated and scored in the end; of the negative ones a manager hears once', async () => {
    const operations = ['DetectDominantLanguage', 'TranslateText', 'DetectSentiment'] as const;
    const script = (sentiment: 'POSITIVE' | 'NEGATIVE', times: number) =>
      scriptText([
        { fault: 'InternalServerException', operation: 'DetectSentiment' },
        ...operations.map((operation) => ({ fault: 'ThrottlingException', operation, times })),
        { language: 'es' },
        { translatedText: 'The baths were dirty.' },
        { sentiment },
      ]);
    /** What the SDK's own attempts get over; and what brings a whole invocation down, so that the batch comes back. */
    const [some, many] = [1, 4];
    const markers = {
      bad: await Promise.all([script('NEGATIVE', some), script('NEGATIVE', many)]),
      good: await Promise.all([script('POSITIVE', some), script('POSITIVE', many)]),
    };
    const markerOf = (n: number, isBad: boolean) => markers[isBad ? 'bad' : 'good'][n < 10 ? 1 : 0];
    const people = await Promise.all(Array.from({ length: authors }, () => Reviewer.signUp()));
    const posted = await Promise.all(
      people.map(async (person) => {
        const ids: { id: string; isBad: boolean }[] = [];
        for (let n = 0; n < each; n += 1) {
          const isBad = n % 5 === 0;
          ids.push({ id: await person.review(`Número ${n} ${markerOf(n, isBad)}`), isBad });
        }
        return ids;
      }),
    );
    const all = posted.flat();
    expect(all).toHaveLength(authors * each);

    for (const { id, isBad } of all) {
      const review = await settled(id, 240_000);
      expect(review).toMatchObject({
        translationStatus: 'TRANSLATED',
        language: 'es',
        sentimentStatus: 'SCORED',
        sentiment: isBad ? 'NEGATIVE' : 'POSITIVE',
      });
    }
    told.push(...all.filter(({ isBad }) => isBad).map(({ id }) => id));
    for (const id of told) await reviewThat(id, 'told of', ({ alertedAt }) => alertedAt !== undefined, 120_000);
    const mails = await mailbox.mails();
    for (const id of told) expect(about(id, mails)).toHaveLength(1);
    for (const { id, isBad } of all) if (!isBad) expect(about(id, mails)).toEqual([]);
  }, 420_000);
});

test('a record that makes no sense is laid aside, and holds back none of the others', async () => {
  const poison = { PK: `review#${randomUUID()}`, SK: 'review', text: 'Who put me here?' };
  await documents.send(new PutCommand({ TableName: reviewsTable, Item: poison }));
  expect(await settled(await author.review('All is well.'))).toMatchObject({ sentimentStatus: 'SCORED' });
  const sqs = new SQSClient(site.clientConfig);
  for (const name of ['OnReviewToTranslateDeadLetterQueue', 'OnReviewToScoreDeadLetterQueue']) {
    const QueueUrl = await physicalId('reviews', name);
    await poll(`a letter in ${name}`, 20_000, async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      return Messages.some(({ Body }) => Body?.includes(poison.PK)) ? true : undefined;
    });
  }
});

describe('redrive', () => {
  const longAgo = new Date(Date.now() - 3600_000).toISOString();

  /** As it is left after the steps have given it up: its change has long gone by. */
  async function abandon(id: string, statuses: Record<string, string>): Promise<void> {
    const names = Object.keys(statuses);
    await documents.send(
      new UpdateCommand({
        TableName: reviewsTable,
        Key: reviewKey(id),
        UpdateExpression: `SET createdAt = :longAgo, negativeSince = :longAgo, ${names.map((name) => `${name} = :${name}`).join(', ')} REMOVE alertedAt`,
        ExpressionAttributeValues: {
          ':longAgo': longAgo,
          ...Object.fromEntries(names.map((name) => [`:${name}`, statuses[name]])),
        },
      }),
    );
  }

  test('takes up what stayed untranslated, unscored or untold, and a dry run only lists it', async () => {
    const marker = await scriptText([{ language: 'ca' }, { translatedText: 'Terrible, terrible.' }]);
    const negative = await scriptText([{ language: 'en' }, { sentiment: 'NEGATIVE' }]);
    const [failed, untold] = await Promise.all([author.review(`Fatal ${marker}`), author.review(`Bad ${negative}`)]);
    await settled(failed);
    await reviewThat(untold, 'told of', ({ alertedAt }) => alertedAt !== undefined);
    await mailbox.mails();
    await abandon(failed, { translationStatus: 'FAILED', sentimentStatus: 'FAILED' });
    await abandon(untold, { alertStatus: 'MARKED' });

    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const target = localTarget(await runningInstance('test'));
    expect(await redrive(target, 'reviews', true)).toBe(true);
    const listed = printed.mock.calls.flat().join('\n');
    expect(listed).toContain(failed);
    expect(listed).toContain(untold);
    expect(await readReview(failed)).toMatchObject({ translationStatus: 'FAILED' });

    expect(await redrive(target, 'reviews', false)).toBe(true);
    printed.mockRestore();
    expect(await reviewThat(failed, 'taken up', ({ sentimentStatus }) => sentimentStatus === 'SCORED')).toMatchObject({
      translationStatus: 'TRANSLATED',
    });
    await reviewThat(untold, 'told of', ({ alertStatus }) => alertStatus === 'ALERTED');
    expect(about(untold, await mailbox.mails())).not.toEqual([]);
  });
});

test('of the 500 a manager has heard once in the end, too, and no message waits that could tell again', async () => {
  const sqs = new SQSClient(site.clientConfig);
  const AttributeNames: QueueAttributeName[] = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ];
  for (const name of ['AlertQueue', 'AlertDeadLetterQueue']) {
    const QueueUrl = await physicalId('reviews', name);
    await poll(`no message in ${name}`, 30_000, async () => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return Object.values(Attributes).every((messages) => messages === '0') ? true : undefined;
    });
  }
  const mails = await mailbox.mails();
  expect(told).not.toEqual([]);
  for (const id of told) expect(about(id, mails)).toHaveLength(1);
}, 60_000);
