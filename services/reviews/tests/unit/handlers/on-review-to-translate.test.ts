import '../environment.ts';

import { ComprehendClient, DetectDominantLanguageCommand } from '@aws-sdk/client-comprehend';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TranslateClient, TranslateTextCommand } from '@aws-sdk/client-translate';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-review-to-translate.ts';
import { aged, arrangeTable, change, dynamo, failures, review, serviceError, store, stored } from '../review-world.ts';

captureOutput();
const comprehend = mockClient(ComprehendClient);
const translate = mockClient(TranslateClient);
const sqs = mockClient(SQSClient);

beforeEach(() => {
  arrangeTable();
  for (const client of [comprehend, translate, sqs]) client.reset();
  comprehend.on(DetectDominantLanguageCommand).resolves({ Languages: [{ LanguageCode: 'es', Score: 0.98 }] });
  translate.on(TranslateTextCommand).callsFake(({ Text }) => ({ TranslatedText: `(${Text})` }));
  sqs.on(SendMessageCommand).resolves({});
});

const run = (...records: unknown[]) => handler({ Records: records }, context);
const translations = () => translate.commandCalls(TranslateTextCommand).map(({ args }) => args[0].input);

describe('a new review', () => {
  it('is translated from the language that is detected in it', async () => {
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures());

    expect(stored(1)).toMatchObject({
      translationStatus: 'TRANSLATED',
      translatedText: '(Los baños estaban sucios.)',
      translatedLanguage: 'en',
      language: 'es',
      languageScore: 0.98,
      text: 'Los baños estaban sucios.',
    });
    expect(translations()).toEqual([
      { Text: 'Los baños estaban sucios.', SourceLanguageCode: 'es', TargetLanguageCode: 'en' },
    ]);
  });

  it('is translated from the language that its author named, and nobody is asked for it', async () => {
    store(review(1, { language: 'ca' }));
    await run(change('INSERT', 1));

    expect(translations()).toMatchObject([{ SourceLanguageCode: 'ca' }]);
    expect(stored(1)).not.toHaveProperty('languageScore');
    expect(comprehend.calls()).toEqual([]);
  });

  it.each(['en', 'en-GB'])('in the common language is not translated: %s', async (LanguageCode) => {
    comprehend.on(DetectDominantLanguageCommand).resolves({ Languages: [{ LanguageCode, Score: 0.9 }] });
    store(review(1));
    await run(change('INSERT', 1));

    expect(stored(1)).toMatchObject({ translationStatus: 'NOT_NEEDED', language: LanguageCode });
    expect(stored(1)).not.toHaveProperty('translatedText');
    expect(translations()).toEqual([]);
  });

  it('that the service does not translate is kept with a mark', async () => {
    translate.on(TranslateTextCommand).rejects(serviceError('UnsupportedLanguagePairException'));
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures());

    expect(stored(1)).toMatchObject({
      translationStatus: 'UNSUPPORTED_PAIR',
      translationReason: 'There is no translation from es to en',
      language: 'es',
    });
  });

  it.each([
    ['none is recognised', []],
    ['it is none that can be translated', [{ LanguageCode: 'la', Score: 0.7 }]],
  ])('is kept with a mark when of its language %s', async (_, Languages) => {
    comprehend.on(DetectDominantLanguageCommand).resolves({ Languages });
    store(review(1));
    await run(change('INSERT', 1));

    expect(stored(1)).toMatchObject({ translationStatus: 'UNSUPPORTED_PAIR' });
    expect(translations()).toEqual([]);
  });

  it('takes the likeliest of several languages', async () => {
    const Languages = [
      { LanguageCode: 'pt', Score: 0.3 },
      { LanguageCode: 'gl', Score: 0.6 },
    ];
    comprehend.on(DetectDominantLanguageCommand).resolves({ Languages });
    store(review(1));
    await run(change('INSERT', 1));

    expect(stored(1)).toMatchObject({ language: 'gl', languageScore: 0.6 });
  });

  it.each(['TextSizeLimitExceededException', 'InvalidRequestException', 'DetectedLanguageLowConfidenceException'])(
    'that can never be translated is marked, with the reason, and not tried again: %s',
    async (name) => {
      translate.on(TranslateTextCommand).rejects(serviceError(name));
      store(review(1));
      expect(await run(change('INSERT', 1))).toEqual(failures());

      expect(stored(1)).toMatchObject({
        translationStatus: 'FAILED',
        translationReason: expect.stringContaining(name),
      });
    },
  );
});

describe('a record', () => {
  it.each(['TRANSLATED', 'NOT_NEEDED', 'UNSUPPORTED_PAIR', 'FAILED'] as const)(
    'that comes again for a review that is %s costs no call',
    async (translationStatus) => {
      store(review(1, { translationStatus }));
      expect(await run(change('INSERT', 1))).toEqual(failures());

      expect([...comprehend.calls(), ...translate.calls()]).toEqual([]);
      expect(dynamo.commandCalls(UpdateCommand)).toEqual([]);
    },
  );

  it('of a review that was removed meanwhile costs no call', async () => {
    expect(await run(change('INSERT', 1))).toEqual(failures());
    expect([...comprehend.calls(), ...translate.calls()]).toEqual([]);
  });

  it('takes up a review again that an operator has set back', async () => {
    store(review(1, { translationStatus: 'RETRY', translationReason: 'It was too warm' }));
    await run(change('MODIFY', 1, review(1, { translationStatus: 'RETRY' })));

    expect(stored(1)).toMatchObject({ translationStatus: 'TRANSLATED' });
    expect(stored(1)).not.toHaveProperty('translationReason');
  });

  it('of a removal, or of something that is no review, is passed over', async () => {
    const quota = change('INSERT', 2);
    quota.dynamodb.Keys.PK.S = 'quota#ada';
    expect(await run(change('REMOVE', 1, null, review(1)), quota)).toEqual(failures());
    expect(dynamo.calls()).toEqual([]);
  });

  it('that makes no sense is a dead letter at once, as it came but for its author, and holds back no other', async () => {
    store(review(2));
    const poison = change('INSERT', 1, { ...review(1), reviewId: 'none' });
    expect(await run(poison, change('INSERT', 2))).toEqual(failures());

    expect(stored(2)).toMatchObject({ translationStatus: 'TRANSLATED' });
    const [letter] = sqs.commandCalls(SendMessageCommand);
    const record = JSON.parse(JSON.stringify(poison, (name, value) => (name === 'author' ? undefined : value)));
    expect(JSON.parse(letter?.args[0].input.MessageBody ?? '')).toEqual({ record, error: expect.any(String) });
  });
});

describe('a service that cannot just now', () => {
  it.each([
    ['translate', 'ThrottlingException'],
    ['translate', 'ServiceUnavailableException'],
    ['translate', 'TooManyRequestsException'],
    ['translate', 'AccessDeniedException'],
    ['comprehend', 'ThrottlingException'],
    ['comprehend', 'InternalServerException'],
    ['comprehend', 'TimeoutError'],
  ])('leaves the review as it is, and has Lambda come back: %s with %s', async (service, name) => {
    (service === 'translate' ? translate : comprehend).rejects(serviceError(name));
    if (service === 'translate') translate.on(TranslateTextCommand).rejects(serviceError(name));
    else comprehend.on(DetectDominantLanguageCommand).rejects(serviceError(name));
    store(review(1));
    expect(await run(change('INSERT', 1))).toEqual(failures(1));
    expect(stored(1)).toEqual(review(1));
  });

  it.each([
    ['translate', 'InternalServerException'],
    ['translate', 'ServiceUnavailableException'],
    ['comprehend', 'InternalServerException'],
  ])('only of one text, for more than five minutes, ends that review: %s with %s', async (service, name) => {
    const poison = 'A text on which a service always fails.';
    const failing = ({ Text }: { Text: string }) => {
      if (Text === poison) throw serviceError(name);
      return { TranslatedText: Text, Languages: [{ LanguageCode: 'es', Score: 0.9 }] };
    };
    if (service === 'translate') translate.on(TranslateTextCommand).callsFake(failing);
    else comprehend.on(DetectDominantLanguageCommand).callsFake(failing);
    store(review(1, { text: poison }), review(2));
    expect(await run(aged(change('INSERT', 1), 4), change('INSERT', 2))).toEqual(failures(1));

    expect(await run(aged(change('INSERT', 1), 6), change('INSERT', 2))).toEqual(failures());
    expect(stored(1)).toMatchObject({ translationStatus: 'FAILED', translationReason: expect.stringContaining(name) });
  });

  it('fails exactly the records that it fails, whichever they are, and the next batch knows nothing of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 10 })), async (failing) => {
        arrangeTable();
        const all = Array.from({ length: 10 }, (_, index) => index + 1);
        store(...all.map((n) => review(n, { text: `Text ${n}` })));
        translate.on(TranslateTextCommand).callsFake(({ Text }) => {
          if (failing.includes(Number(Text.split(' ')[1]))) throw serviceError('ThrottlingException');
          return { TranslatedText: Text };
        });
        const { batchItemFailures } = await run(...all.map((n) => change('INSERT', n)));
        const failed = batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
        expect(failed.toSorted((a, b) => a - b)).toEqual(failing.toSorted((a, b) => a - b));
        translate.on(TranslateTextCommand).callsFake(({ Text }) => ({ TranslatedText: Text }));
        expect(await run(...all.map((n) => change('INSERT', n)))).toEqual(failures());
        expect(all.map((n) => stored(n)?.['translationStatus'])).toEqual(all.map(() => 'TRANSLATED'));
      }),
      { numRuns: 25 },
    );
  });
});
