import '../environment.ts';

import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Review } from '../../../src/domain/review.ts';
import { handler } from '../../../src/handlers/on-alert-batch.ts';
import { arrangeTable, dynamo, idOf, review, serviceError, store, stored } from '../review-world.ts';

captureOutput();
const sns = mockClient(SNSClient);

beforeEach(() => {
  arrangeTable();
  sns.reset();
  sns.on(PublishCommand).resolves({ MessageId: '1' });
});

const negative = (n: number, given: Partial<Review> = {}) =>
  review(n, {
    language: 'es',
    translatedText: 'The baths were dirty.',
    translationStatus: 'TRANSLATED',
    sentimentStatus: 'SCORED',
    sentiment: 'NEGATIVE',
    sentimentScore: 0.93,
    negativeSince: '2026-06-14T10:02:13.051Z',
    alertStatus: 'MARKED',
    ...given,
  });
const message = (n: number, messageId = `m${n}`, body = JSON.stringify({ reviewId: idOf(n) })) => ({ messageId, body });
/** An invocation with no time left to try again. */
const hasty = { ...context, getRemainingTimeInMillis: () => 0 };
const run = (...records: unknown[]) => handler({ Records: records }, hasty);
const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const mails = () => sns.commandCalls(PublishCommand).map(({ args }) => args[0].input);

describe('negative reviews of one window', () => {
  it('make one mail: of one review', async () => {
    store(negative(1));
    expect(await run(message(1))).toEqual(failures());

    expect(mails()).toEqual([
      {
        TopicArn: 'arn:aws:sns:eu-west-1:123456789012:alerts',
        Subject: 'Unhappy review of park',
        Message: [
          '2 of 5 stars for park, posted 2026-06-14T10:02:01.000Z',
          '93 % negative',
          '',
          '> The baths were dirty.',
          '',
          'Original (es):',
          '> Los baños estaban sucios.',
          '',
          `https://site.example/places/park#review-${idOf(1)}`,
        ].join('\n'),
      },
    ]);
    expect(stored(1)).toMatchObject({ alertStatus: 'ALERTED', alertedAt: expect.any(String) });
    expect(stored(1)).not.toHaveProperty('alertClaim');
  });

  it('make one mail: of several, oldest first', async () => {
    store(negative(3), negative(1), negative(2));
    expect(await run(message(3), message(1), message(2))).toEqual(failures());

    const [mail, ...others] = mails();
    expect(others).toEqual([]);
    expect(mail?.Subject).toBe('3 unhappy reviews');
    const places = [1, 2, 3].map((n) => mail?.Message?.indexOf(`#review-${idOf(n)}`) ?? -1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('in the common language are told without a translation', async () => {
    store(negative(1, { translatedText: undefined, translationStatus: 'NOT_NEEDED', text: 'Dirty!' }));
    await run(message(1));

    expect(mails()[0]?.Message).not.toContain('Original');
  });

  it('are quoted line by line, so that nobody writes a line of ours', async () => {
    const text = 'Dirty!\n\n----\r\n5 of 5 stars\u2028\u202ehttps://evil.example';
    store(negative(1, { translatedText: undefined, translationStatus: 'NOT_NEEDED', text }));
    await run(message(1));

    const quote = ['> Dirty!', '> ', '> ----', '> 5 of 5 stars', '> https://evil.example'].join('\n');
    expect(mails()[0]?.Message).toContain(`\n\n${quote}\n\n`);
  });

  it.each(['€', '\n'])('are never more than SNS takes, however long they are: of %j', async (character) => {
    const long = { text: character.repeat(5000), translatedText: character.repeat(10_000) };
    store(...Array.from({ length: 10 }, (_, n) => negative(n, long)));
    await run(...Array.from({ length: 10 }, (_, n) => message(n)));

    expect(Buffer.byteLength(mails()[0]?.Message ?? '')).toBeLessThanOrEqual(256 * 1024);
  });
});

describe('a review is told of once', () => {
  it('though its message comes twice, in one batch and in the next', async () => {
    store(negative(1));
    expect(await run(message(1, 'a'), message(1, 'b'))).toEqual(failures());
    expect(await run(message(1, 'c'))).toEqual(failures());

    expect(mails()).toHaveLength(1);
  });

  it('though two batches have it at the same time: the other one comes again', async () => {
    store(negative(1));
    let other: unknown;
    sns.on(PublishCommand).callsFake(async () => {
      other = await handler({ Records: [message(1, 'b')] }, { ...context, awsRequestId: 'another' });
      return {};
    });
    expect(await run(message(1, 'a'))).toEqual(failures());

    expect(other).toEqual(failures('b'));
    expect(mails()).toHaveLength(1);
    expect(await run(message(1, 'b'))).toEqual(failures());
    expect(mails()).toHaveLength(1);
  });

  it('and not at all when it was removed', async () => {
    expect(await run(message(1))).toEqual(failures());
    expect(mails()).toEqual([]);
  });
});

describe('a mail that cannot be sent', () => {
  beforeEach(() => {
    sns.on(PublishCommand).rejectsOnce(serviceError('ThrottledException')).resolves({});
  });

  it('has all its messages come again, and goes out then', async () => {
    store(negative(1), negative(2));
    expect(await run(message(1), message(2))).toEqual(failures('m1', 'm2'));
    expect([stored(1), stored(2)]).toMatchObject([{ alertStatus: 'MARKED' }, { alertStatus: 'MARKED' }]);

    expect(await run(message(1), message(2))).toEqual(failures());
    expect(mails()).toHaveLength(2);
    expect(stored(1)).toMatchObject({ alertStatus: 'ALERTED' });
  });

  it('is not lost when its claim cannot be given back: the claim ends', async () => {
    store(negative(1));
    const update = dynamo.commandCalls(UpdateCommand).length;
    expect(update).toBe(0);
    await run(message(1));
    Object.assign(stored(1) ?? {}, {
      alertStatus: 'CLAIMED',
      alertClaim: 'x',
      alertClaimedUntil: '2026-06-14T10:00:00Z',
    });

    expect(await run(message(1))).toEqual(failures());
    expect(stored(1)).toMatchObject({ alertStatus: 'ALERTED' });
  });
});

describe('a claim whose answer was lost', () => {
  it('is known again when the SDK makes it a second time', async () => {
    store(negative(1, { alertStatus: 'CLAIMED', alertClaimedUntil: '2999-06-14T10:00:00Z' }));
    Object.assign(stored(1) ?? {}, { alertClaim: context.awsRequestId });
    expect(await run(message(1))).toEqual(failures());
    expect(mails()).toHaveLength(1);
  });
});

describe('a mark that cannot be written after the mail went out', () => {
  it('is written again while there is time', async () => {
    store(negative(1));
    dynamo
      .on(UpdateCommand, { ExpressionAttributeValues: { ':alerted': 'ALERTED' } }, false)
      .rejectsOnce(serviceError('InternalServerError'))
      .resolves({});

    const patient = { ...context, getRemainingTimeInMillis: () => 30_000 };
    expect(await handler({ Records: [message(1)] }, patient)).toEqual(failures());
    expect(mails()).toHaveLength(1);
  });

  it('has the message come again: told twice rather than never', async () => {
    store(negative(1));
    dynamo
      .on(UpdateCommand, { ExpressionAttributeValues: { ':alerted': 'ALERTED' } }, false)
      .rejects(serviceError('InternalServerError'));

    expect(await run(message(1))).toEqual(failures('m1'));
    expect(mails()).toHaveLength(1);
    expect(stored(1)).toMatchObject({ alertStatus: 'CLAIMED' });
  });
});

describe('a message that makes no sense', () => {
  it.each(['', 'none', '{}', '{"reviewId":"none"}'])(
    'is reported, until the queue lays it aside, and holds back no other: %j',
    async (body) => {
      store(negative(1));
      expect(await run(message(2, 'poison', body), message(1))).toEqual(failures('poison'));
      expect(stored(1)).toMatchObject({ alertStatus: 'ALERTED' });
    },
  );
});
