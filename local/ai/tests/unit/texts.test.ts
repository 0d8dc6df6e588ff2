import { describe, expect, it } from 'vitest';
import { startFront } from './front-fixture.ts';

const marker = 'marked1234';

async function textServer(fakes: Parameters<typeof startFront>[0] = {}) {
  const front = await startFront(fakes);
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${front.url}/_local/texts/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  return {
    ...front,
    control,
    put: (...answers: object[]) => control('PUT', marker, { answers }),
    sentiment: async (Text: string) => {
      const { status, body } = await front.call('Comprehend_20171127.DetectSentiment', { Text, LanguageCode: 'en' });
      return [status, body.__type ?? body.Sentiment];
    },
  };
}

describe('a marked text', () => {
  it('fails as often as its script says, each text by itself, and is then up to the models', async () => {
    const { put, sentiment, control } = await textServer();
    await put({ fault: 'ThrottlingException', times: 2 }, { fault: 'InternalServerException' });
    for (const text of [`one ${marker}`, `two ${marker}`]) {
      expect(await sentiment(text)).toEqual([400, 'ThrottlingException']);
      expect(await sentiment(text)).toEqual([400, 'ThrottlingException']);
      expect(await sentiment(text)).toEqual([500, 'InternalServerException']);
      expect(await sentiment(text)).toEqual([200, 'POSITIVE']);
    }
    expect((await control('GET', marker)).body.asked).toEqual({ DetectSentiment: 8 });
  });

  it('fails each operation by itself, or only the one that its script names', async () => {
    const { put, sentiment, call } = await textServer();
    const detect = async (Text: string) =>
      (await call('Comprehend_20171127.DetectDominantLanguage', { Text })).body.__type;
    await put({ fault: 'ThrottlingException' }, { fault: 'InternalServerException', operation: 'DetectSentiment' });
    expect(await detect(marker)).toBe('ThrottlingException');
    expect(await detect(marker)).toBeUndefined();
    expect(await sentiment(marker)).toEqual([400, 'ThrottlingException']);
    expect(await sentiment(marker)).toEqual([500, 'InternalServerException']);
    expect(await sentiment(marker)).toEqual([200, 'POSITIVE']);
  });

  it('has the result that its script gives, every time', async () => {
    const { put, sentiment, call } = await textServer();
    await put({ sentiment: 'NEGATIVE' }, { language: 'gl' }, { translatedText: 'Lovely' });
    for (let i = 0; i < 2; i++) expect(await sentiment(marker)).toEqual([200, 'NEGATIVE']);
    expect((await call('Comprehend_20171127.DetectDominantLanguage', { Text: marker })).body).toEqual({
      Languages: [{ LanguageCode: 'gl', Score: 0.99 }],
    });
    const request = { Text: marker, SourceLanguageCode: 'auto', TargetLanguageCode: 'en' };
    expect((await call('AWSShineFrontendService_20170701.TranslateText', request)).body).toEqual({
      TranslatedText: 'Lovely',
      SourceLanguageCode: 'gl',
      TargetLanguageCode: 'en',
    });
  });

  it('leaves other texts alone, and all when its script is gone', async () => {
    const { put, sentiment, control } = await textServer();
    await put({ sentiment: 'NEGATIVE' });
    expect(await sentiment('Nice.')).toEqual([200, 'POSITIVE']);
    await control('DELETE', marker);
    expect(await sentiment(marker)).toEqual([200, 'POSITIVE']);
    expect((await control('GET', marker)).status).toBe(404);
  });

  it('counts anew when its script is set again', async () => {
    const { put, sentiment } = await textServer();
    for (let i = 0; i < 2; i++) {
      await put({ fault: 'ThrottlingException' });
      expect(await sentiment(marker)).toEqual([400, 'ThrottlingException']);
      expect(await sentiment(marker)).toEqual([200, 'POSITIVE']);
    }
  });

  it('fails alone in a batch', async () => {
    const { put, call } = await textServer();
    await put({ fault: 'ThrottlingException' });
    const request = { TextList: ['Nice.', marker], LanguageCode: 'en' };
    expect((await call('Comprehend_20171127.BatchDetectSentiment', request)).body).toMatchObject({
      ResultList: [{ Index: 0, Sentiment: 'POSITIVE' }],
      ErrorList: [{ Index: 1, ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }],
    });
  });
});

describe('a script that cannot be used', () => {
  it.each<[string, string, unknown, string]>([
    ['a short marker', 'short', { answers: [{ delayMs: 1 }] }, 'A marker is'],
    ['no answers', marker, { answers: [] }, 'at least one'],
    ['an answer of nothing', marker, { answers: [{}] }, 'answers[0] says nothing'],
    ['an unknown fault', marker, { answers: [{ fault: 'Rain' }] }, 'answers[0].fault'],
    ['an unknown sentiment', marker, { answers: [{ sentiment: 'SAD' }] }, 'answers[0].sentiment'],
    ['half a time', marker, { answers: [{ delayMs: 1, times: 0.5 }] }, 'answers[0].times'],
    ['a fault and a result', marker, { answers: [{ fault: 'timeout', language: 'en' }] }, 'one fault or one result'],
    ['two results', marker, { answers: [{ sentiment: 'MIXED', language: 'en' }] }, 'one fault or one result'],
    [
      'a result of another operation',
      marker,
      { answers: [{ operation: 'TranslateText', language: 'en' }] },
      'DetectDominantLanguage for TranslateText',
    ],
  ])('has %s', async (_what, name, body, message) => {
    const { control } = await textServer();
    const refused = await control('PUT', name, body);
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain(message);
  });
});
