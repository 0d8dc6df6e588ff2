import '../environment.ts';

import { ComprehendClient, DetectDominantLanguageCommand, DetectSentimentCommand } from '@aws-sdk/client-comprehend';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Review } from '../../../src/domain/review.ts';
import { handler } from '../../../src/handlers/on-review-to-score.ts';
import {
  aged,
  arrangeTable,
  change,
  dynamo,
  failures,
  idOf,
  review,
  serviceError,
  store,
  stored,
} from '../review-world.ts';

captureOutput();
const comprehend = mockClient(ComprehendClient);
const sqs = mockClient(SQSClient);
const eventBridge = mockClient(EventBridgeClient);

beforeEach(() => {
  arrangeTable();
  for (const client of [comprehend, sqs, eventBridge]) client.reset();
  detects('es');
  scores('NEGATIVE', 0.93);
  sqs.on(SendMessageCommand).resolves({});
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
});

const detects = (LanguageCode: string) =>
  comprehend.on(DetectDominantLanguageCommand).resolves({ Languages: [{ LanguageCode, Score: 0.9 }] });
const scores = (Sentiment: 'POSITIVE' | 'NEGATIVE' | 'NEUTRAL' | 'MIXED', score: number) =>
  comprehend.on(DetectSentimentCommand).resolves({
    Sentiment,
    SentimentScore: {
      Positive: 0,
      Neutral: 0,
      Mixed: 0,
      Negative: 0,
      [Sentiment[0] + Sentiment.slice(1).toLowerCase()]: score,
    },
  });
const run = (...records: unknown[]) => handler({ Records: records }, context);
const scored = () => comprehend.commandCalls(DetectSentimentCommand).map(({ args }) => args[0].input);
const translated = (n: number, given: Partial<Review> = {}) =>
  review(n, {
    translationStatus: 'TRANSLATED',
    language: 'ca',
    translatedText: 'Dirty baths.',
    translatedLanguage: 'en',
    ...given,
  });
const alerts = () =>
  sqs
    .commandCalls(SendMessageCommand)
    .filter(({ args }) => args[0].input.QueueUrl?.endsWith('/alerts'))
    .map(({ args }) => JSON.parse(args[0].input.MessageBody ?? ''));
const announced = () =>
  eventBridge
    .commandCalls(PutEventsCommand)
    .flatMap(({ args }) => (args[0].input.Entries ?? []).map((entry) => JSON.parse(entry.Detail ?? '')));

describe('a new review', () => {
  it('is scored in its own language, whatever becomes of its translation', async () => {
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures());

    expect(scored()).toEqual([{ Text: 'Los baños estaban sucios.', LanguageCode: 'es' }]);
    expect(stored(1)).toMatchObject({ sentimentStatus: 'SCORED', sentiment: 'NEGATIVE', sentimentScore: 0.93 });
    expect(stored(1)).toMatchObject({ translationStatus: 'PENDING' });
    expect(stored(1)).not.toHaveProperty('language');
  });

  it.each([
    ['es-MX', 'es'],
    ['fr-CA', 'fr'],
    ['zh-TW', 'zh-TW'],
  ])('in %s is scored as %s', async (language, LanguageCode) => {
    store(review(1, { language: language as 'es-MX' }));
    await run(change('INSERT', 1));

    expect(scored()).toMatchObject([{ LanguageCode }]);
    expect(comprehend.commandCalls(DetectDominantLanguageCommand)).toEqual([]);
  });

  it('in a language that cannot be scored waits for its translation', async () => {
    detects('ca');
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures());

    expect(scored()).toEqual([]);
    expect(stored(1)).toMatchObject({ sentimentStatus: 'PENDING' });
  });
});

describe('a translated review', () => {
  it('is scored by its translation when it could not be before', async () => {
    store(translated(1));
    await run(change('MODIFY', 1, translated(1), review(1)));

    expect(scored()).toEqual([{ Text: 'Dirty baths.', LanguageCode: 'en' }]);
    expect(stored(1)).toMatchObject({ sentimentStatus: 'SCORED', sentiment: 'NEGATIVE' });
  });

  it('is scored by its beginning when it is longer than what Comprehend takes', async () => {
    store(translated(1, { translatedText: `${'€'.repeat(1666)}xy€` }));
    await run(change('MODIFY', 1, translated(1), review(1)));

    expect(scored()).toEqual([{ Text: `${'€'.repeat(1666)}xy`, LanguageCode: 'en' }]);
  });

  it.each([
    ['UNSUPPORTED_PAIR', 'UNSUPPORTED_LANGUAGE'],
    ['FAILED', 'FAILED'],
  ] as const)('that is %s ends as %s', async (translationStatus, sentimentStatus) => {
    const kept = review(1, { translationStatus, language: 'ca' });
    store(kept);
    await run(change('MODIFY', 1, kept, review(1)));

    expect(stored(1)).toMatchObject({ sentimentStatus });
    expect(scored()).toEqual([]);
  });

  it('is scored in the language that it was translated into, whichever is the common one by now', async () => {
    store(translated(1, { translatedLanguage: 'fr' }));
    await run(change('MODIFY', 1, translated(1), review(1)));

    expect(scored()).toEqual([{ Text: 'Dirty baths.', LanguageCode: 'fr' }]);
  });

  it('is scored though there was none to wait for before: a manager hears of it after all', async () => {
    const late = { sentimentStatus: 'UNSUPPORTED_LANGUAGE' } as const;
    store(translated(1, late));
    await run(change('MODIFY', 1, translated(1, late), review(1, late)));

    expect(scored()).toEqual([{ Text: 'Dirty baths.', LanguageCode: 'en' }]);
    expect(stored(1)).toMatchObject({ sentimentStatus: 'SCORED', alertStatus: 'MARKED' });
  });

  it('that was scored already costs no call', async () => {
    const done = translated(1, { sentimentStatus: 'SCORED', sentiment: 'POSITIVE', sentimentScore: 0.9 });
    store(done);
    await run(change('INSERT', 1), change('MODIFY', 1, translated(1), review(1)));

    expect(comprehend.calls()).toEqual([]);
    expect(stored(1)).toEqual(done);
  });
});

describe('with the translation switched off', () => {
  it('a review in a language that cannot be scored has nothing to wait for', async () => {
    vi.resetModules();
    vi.stubEnv('TRANSLATES_REVIEWS', 'false');
    const { handler: alone } = await import('../../../src/handlers/on-review-to-score.ts');
    vi.unstubAllEnvs();
    detects('ca');
    store(review(1));
    await alone({ Records: [change('INSERT', 1)] }, context);

    expect(stored(1)).toMatchObject({ sentimentStatus: 'UNSUPPORTED_LANGUAGE' });
  });
});

describe('a review is marked for a manager', () => {
  it.each([
    ['NEGATIVE', 0.7, true],
    ['NEGATIVE', 0.69, false],
    ['POSITIVE', 0.99, false],
    ['MIXED', 0.99, false],
    ['NEUTRAL', 0.99, false],
  ] as const)('when it is %s with %d: %s', async (sentiment, score, isMarked) => {
    scores(sentiment, score);
    store(review(1));
    await run(change('INSERT', 1));

    expect(stored(1)).toMatchObject({ sentiment, sentimentScore: score });
    expect(stored(1)?.['alertStatus']).toBe(isMarked ? 'MARKED' : undefined);
    expect('negativeSince' in (stored(1) ?? {})).toBe(isMarked);
    // The mark's own record tells; nothing is told before it is stored.
    expect(alerts()).toEqual([]);
  });

  it('in the same write as its score, so that it never has one without the other', async () => {
    store(review(1));
    await run(change('INSERT', 1));

    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(1);
  });
});

describe('the mark of a negative review', () => {
  const negativeSince = '2026-06-14T10:02:13.051Z';
  const before = translated(1);
  const marked = translated(1, {
    sentimentStatus: 'SCORED',
    sentiment: 'NEGATIVE',
    sentimentScore: 0.93,
    negativeSince,
    alertStatus: 'MARKED',
  });

  beforeEach(() => store(marked));

  it('goes to the alert queue and to the bus', async () => {
    expect(await run(change('MODIFY', 1, marked, before))).toEqual(failures());

    expect(alerts()).toEqual([{ reviewId: idOf(1) }]);
    expect(announced()).toEqual([
      {
        version: 1,
        eventId: `${idOf(1)}#${negativeSince}`,
        reviewId: idOf(1),
        subject: 'park',
        rating: 2,
        language: 'ca',
        sentimentScore: 0.93,
        createdAt: marked.createdAt,
        negativeSince,
        correlationId: 'b7e1c2f4',
      },
    ]);
  });

  it('is passed over when it comes again after both were told', async () => {
    await run(change('MODIFY', 1, marked, before));
    expect(await run(change('MODIFY', 1, marked, before))).toEqual(failures());

    expect(alerts()).toHaveLength(1);
    expect(announced()).toHaveLength(1);
  });

  it.each([
    ['it was removed', []],
    ['a manager was told', [{ ...marked, alertStatus: 'ALERTED', alertedAt: negativeSince } as const]],
  ])('is passed over when %s meanwhile', async (_, rows) => {
    arrangeTable();
    store(...rows);
    expect(await run(change('MODIFY', 1, marked, before))).toEqual(failures());

    expect([...alerts(), ...announced()]).toEqual([]);
  });

  it.each(['the queue', 'the bus'])(
    'is told again when %s does not take it, and the other hears of it all the same',
    async (who) => {
      if (who === 'the queue') sqs.on(SendMessageCommand).rejects(serviceError('RequestThrottled'));
      else
        eventBridge
          .on(PutEventsCommand)
          .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
      expect(await run(change('MODIFY', 1, marked, before))).toEqual(failures(1));

      expect(alerts()).toHaveLength(1);
      expect(announced()).toHaveLength(1);
    },
  );

  it('is told again when an operator asks for it', async () => {
    const again = { ...marked, alertStatus: 'RETRY', announcedAt: negativeSince } as const;
    store(again);
    await run(change('MODIFY', 1, again, marked));

    expect(alerts()).toEqual([{ reviewId: idOf(1) }]);
    expect(announced()).toEqual([]);
  });

  it('is not taken for one when it only goes on', async () => {
    const claimed = { ...marked, alertStatus: 'CLAIMED' } as const;
    store(claimed);
    await run(change('MODIFY', 1, claimed, marked));

    expect(alerts()).toEqual([]);
    expect(comprehend.calls()).toEqual([]);
  });
});

describe('a failure', () => {
  it.each(['ThrottlingException', 'InternalServerException', 'AccessDeniedException'])(
    'that may pass is reported, and the review stays open: %s',
    async (name) => {
      comprehend.on(DetectSentimentCommand).rejects(serviceError(name));
      store(review(1), review(2));
      expect(await run(change('INSERT', 1), change('INSERT', 2))).toEqual(failures(1, 2));
      expect(stored(1)).toEqual(review(1));
    },
  );

  it('that is the text’s is marked on its review alone', async () => {
    comprehend.on(DetectSentimentCommand).rejectsOnce(serviceError('TextSizeLimitExceededException'));
    store(review(1), review(2));
    await run(change('INSERT', 1));
    scores('POSITIVE', 0.9);
    expect(await run(change('INSERT', 2))).toEqual(failures());

    expect(stored(1)).toMatchObject({
      sentimentStatus: 'FAILED',
      sentimentReason: expect.stringContaining('TextSizeLimitExceededException'),
    });
    expect(stored(2)).toMatchObject({ sentimentStatus: 'SCORED' });
  });

  it('keeps the order of one review’s records: what comes after a failed one waits', async () => {
    comprehend.on(DetectSentimentCommand).rejects(serviceError('ThrottlingException'));
    store(translated(1, { language: 'es' }));
    const first = change('INSERT', 1);
    const second = {
      ...change('MODIFY', 1, translated(1), review(1)),
      dynamodb: { ...change('MODIFY', 1).dynamodb, SequenceNumber: '7' },
    };
    expect(await run(first, second)).toEqual(failures(1, 7));
    expect(scored()).toHaveLength(1);
  });

  it('an answer that Comprehend never gives is no sentiment, and it is not asked again', async () => {
    comprehend.on(DetectSentimentCommand).resolves({});
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures());
    expect(stored(1)).toMatchObject({ sentimentStatus: 'FAILED', sentimentReason: expect.stringContaining('unknown') });
  });

  const poison = 'A text on which Comprehend always fails.';
  const failsOn = (hopeless: (text: string) => boolean, name = 'InternalServerException') =>
    comprehend.on(DetectSentimentCommand).callsFake(({ Text }) => {
      if (hopeless(Text)) throw serviceError(name);
      return { Sentiment: 'POSITIVE', SentimentScore: { Positive: 0.9 } };
    });

  it('that is always this one text’s ends the review after five minutes, and holds nobody back any longer', async () => {
    failsOn((text) => text === poison);
    store(review(1, { text: poison }), review(2));
    const records = (minutes: number) => [aged(change('INSERT', 1), minutes), aged(change('INSERT', 2), minutes)];
    expect(await run(...records(4))).toEqual(failures(1));
    expect(stored(1)).toMatchObject({ sentimentStatus: 'PENDING' });

    expect(await run(...records(6))).toEqual(failures());
    expect(stored(1)).toMatchObject({
      sentimentStatus: 'FAILED',
      sentimentReason: expect.stringContaining('InternalServerException'),
    });
    expect(stored(2)).toMatchObject({ sentimentStatus: 'SCORED' });
  });

  it.each([
    ['the service fails on every text', () => true, 'InternalServerException'],
    ['it is throttled', (text: string) => text === poison, 'ThrottlingException'],
    ['the network is at fault', (text: string) => text === poison, 'TimeoutError'],
    ['it is our right that lacks', (text: string) => text === poison, 'AccessDeniedException'],
  ])('is waited for beyond that while %s', async (_, hopeless, name) => {
    failsOn(hopeless, name);
    store(review(1, { text: poison }));
    expect(await run(aged(change('INSERT', 1), 300))).toEqual(failures(1));
    expect(stored(1)).toMatchObject({ sentimentStatus: 'PENDING' });
  });
});
