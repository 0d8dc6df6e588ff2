import { describe, expect, it } from 'vitest';
import { QueueFullError } from '../../src/job-queue.ts';
import { startFront } from './front-fixture.ts';

async function comprehendServer(fakes: Parameters<typeof startFront>[0] = {}) {
  const { call, ...front } = await startFront(fakes);
  return { ...front, ask: (operation: string, input: object) => call(`Comprehend_20171127.${operation}`, input) };
}

describe('DetectDominantLanguage', () => {
  it('names what the model finds', async () => {
    const Languages = [{ LanguageCode: 'ca', Score: 0.97 }];
    const { ask, lines } = await comprehendServer({ languages: Languages });
    expect(await ask('DetectDominantLanguage', { Text: 'Molt bonic!' })).toMatchObject({
      status: 200,
      body: { Languages },
    });
    expect(lines).toMatchObject([{ status: 200, languages: ['ca 0.97'] }]);
    expect(JSON.stringify(lines)).not.toContain('bonic');
  });

  it('takes 100,000 bytes and no more', async () => {
    const { ask } = await comprehendServer();
    expect((await ask('DetectDominantLanguage', { Text: 'é'.repeat(50_000) })).status).toBe(200);
    const { body } = await ask('DetectDominantLanguage', { Text: `${'é'.repeat(50_000)}!` });
    expect(body).toEqual({
      __type: 'TextSizeLimitExceededException',
      Message:
        'Input text size exceeds limit. Max length of request text allowed is 100000 bytes while in this request the text size is 100001 bytes',
    });
  });

  it('is throttled when too many wait, and fails when the model does', async () => {
    const failing = (error: Error) => ({ language: { detect: () => Promise.reject(error) } });
    const full = await comprehendServer(failing(new QueueFullError('full')));
    expect(await full.ask('DetectDominantLanguage', { Text: 'a' })).toMatchObject({
      status: 400,
      body: { __type: 'ThrottlingException', Message: 'Rate exceeded' },
    });
    const broken = await comprehendServer(failing(new Error('the thread ended')));
    expect(await broken.ask('DetectDominantLanguage', { Text: 'a' })).toMatchObject({
      status: 500,
      body: { __type: 'InternalServerException' },
    });
    expect(broken.lines).toMatchObject([{ cause: 'Error: the thread ended' }]);
  });
});

describe('DetectSentiment', () => {
  const score = { Positive: 0.1, Negative: 0.7, Neutral: 0.1, Mixed: 0.1 };

  it('says which score is the highest', async () => {
    const { ask } = await comprehendServer({ score });
    const { body } = await ask('DetectSentiment', { Text: 'Bad.', LanguageCode: 'en' });
    expect(body).toEqual({ Sentiment: 'NEGATIVE', SentimentScore: score });
  });

  it('takes 5000 bytes and no more', async () => {
    const { ask } = await comprehendServer();
    expect((await ask('DetectSentiment', { Text: 'a'.repeat(5000), LanguageCode: 'en' })).status).toBe(200);
    const { body } = await ask('DetectSentiment', { Text: 'é'.repeat(2501), LanguageCode: 'en' });
    expect(body.Message).toContain('5000 bytes while in this request the text size is 5002 bytes');
  });

  it.each([
    ['a code that is none of its twelve', { Text: 'a', LanguageCode: 'ca' }, "Value 'ca' at 'languageCode'"],
    ['no language', { Text: 'a' }, "Value null at 'languageCode'"],
    ['no text', { LanguageCode: 'en' }, "Value null at 'text'"],
    ['an empty text', { Text: '', LanguageCode: 'en' }, "Value '' at 'text'"],
  ])('refuses %s', async (_what, input, message) => {
    const { ask } = await comprehendServer();
    const { status, body } = await ask('DetectSentiment', input);
    expect({ status, type: body.__type }).toEqual({ status: 400, type: 'ValidationException' });
    expect(body.message).toContain(message);
  });

  it('has no model for one of its languages', async () => {
    const { ask } = await comprehendServer();
    const { status, body } = await ask('DetectSentiment', { Text: '美味', LanguageCode: 'zh-TW' });
    expect({ status, type: body.__type }).toEqual({ status: 400, type: 'UnsupportedLanguageException' });
  });
});

describe('the batch operations', () => {
  it('answer for each text', async () => {
    const { ask } = await comprehendServer({ languages: [{ LanguageCode: 'en', Score: 0.9 }] });
    expect((await ask('BatchDetectDominantLanguage', { TextList: ['a', 'b'] })).body).toEqual({
      ResultList: [0, 1].map((Index) => ({ Index, Languages: [{ LanguageCode: 'en', Score: 0.9 }] })),
      ErrorList: [],
    });
    expect((await ask('BatchDetectSentiment', { TextList: ['a'], LanguageCode: 'en' })).body).toMatchObject({
      ResultList: [{ Index: 0, Sentiment: 'POSITIVE' }],
      ErrorList: [],
    });
  });

  it.each([
    ['more than 25 texts', Array(26).fill('a'), 'BatchSizeLimitExceededException'],
    ['a text of more than 5000 bytes', ['a', 'a'.repeat(5001)], 'TextSizeLimitExceededException'],
    ['an empty text', ['a', ''], 'ValidationException'],
    ['no texts', [], 'ValidationException'],
  ])('refuse %s', async (_what, TextList, type) => {
    const { ask } = await comprehendServer();
    for (const [operation, input] of [
      ['BatchDetectDominantLanguage', { TextList }],
      ['BatchDetectSentiment', { TextList, LanguageCode: 'en' }],
    ] as const)
      expect((await ask(operation, input)).body.__type).toBe(type);
  });
});
