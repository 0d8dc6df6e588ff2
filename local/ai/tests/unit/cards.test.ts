import { describe, expect, it } from 'vitest';
import { createCards } from '../../src/cards.ts';
import { drawTestCard } from '../../src/test-card.ts';
import { bytes, startFront } from './front-fixture.ts';

const explicit = { Name: 'Explicit', Confidence: 99 };
const person = { Name: 'Person', Confidence: 90 };

async function cardServer(fakes: Parameters<typeof startFront>[0] = {}) {
  const front = await startFront(fakes);
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${front.url}/_local/${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text ? JSON.parse(text) : undefined) as { message: string; asked: object },
    };
  };
  const card = async (number: number, options = {}) =>
    bytes(await drawTestCard(number, { width: 400, height: 300, ...options }));
  return {
    ...front,
    control,
    card,
    put: (number: number, ...answers: object[]) => control('PUT', `cards/${number}`, { answers }),
  };
}

describe('a card with a script', () => {
  it('makes the server answer one after the other, and the last again and again', async () => {
    const { put, card, detectModerationLabels, control } = await cardServer();
    await put(7, { fault: 'ThrottlingException' }, { fault: 'ServiceUnavailable' }, { moderationLabels: [explicit] });
    const image = await card(7);
    expect(await detectModerationLabels(image)).toMatchObject({ status: 500, body: { __type: 'ThrottlingException' } });
    expect(await detectModerationLabels(image)).toMatchObject({ status: 503, body: { __type: 'ServiceUnavailable' } });
    const labels = [{ Name: 'Explicit', ParentName: '', Confidence: 99, TaxonomyLevel: 1 }];
    for (let i = 0; i < 2; i++) {
      const { status, body } = await detectModerationLabels(image);
      expect({ status, labels: body.ModerationLabels }).toEqual({ status: 200, labels });
    }
    expect((await control('GET', 'cards/7')).body).toMatchObject({ number: 7, asked: { DetectModerationLabels: 4 } });
  });

  it('answers each operation with what is meant for it; what is meant for none is up to the models', async () => {
    const { put, card, detectLabels, detectModerationLabels } = await cardServer({
      detections: [{ classIndex: 2, score: 0.8, box: { left: 0, top: 0, width: 1, height: 1 } }],
    });
    const image = await card(7);
    const first = async (call: typeof detectLabels) => {
      const { body } = await call(image);
      return body.__type ?? (body.Labels ?? body.ModerationLabels)[0]?.Name;
    };
    await put(
      7,
      { fault: 'InternalServerError', operation: 'DetectLabels' },
      { labels: [person] },
      { moderationLabels: [explicit] },
    );
    expect(await first(detectModerationLabels)).toBe('Explicit');
    expect(await first(detectLabels)).toBe('InternalServerError');
    expect(await first(detectLabels)).toBe('Person');
    expect(await first(detectLabels)).toBe('Person');

    await put(7, { fault: 'ThrottlingException' }, { moderationLabels: [] });
    expect(await first(detectModerationLabels)).toBe('ThrottlingException');
    expect(await first(detectLabels)).toBe('Car');
    expect(await first(detectModerationLabels)).toBeUndefined();
  });

  it('counts anew when it is set again', async () => {
    const { put, card, detectLabels, control } = await cardServer();
    await put(7, { labels: [] });
    await detectLabels(await card(7));
    await put(7, { labels: [person] });
    expect((await control('GET', 'cards/7')).body.asked).toEqual({});
  });

  it('is known in another size and quality, and from S3', async () => {
    const object = await drawTestCard(7, { width: 1600, height: 900, quality: 70, orientation: 6 });
    const { put, detectLabels, detectModerationLabels, lines } = await cardServer({
      objects: { 'photos/7.jpg': object },
    });
    await put(7, { labels: [person] });
    const { body } = await detectLabels({ Image: { S3Object: { Bucket: 'photos', Name: '7.jpg' } } });
    expect(body.Labels).toEqual([
      {
        ...person,
        Instances: [],
        Parents: [],
        Aliases: [{ Name: 'Human' }],
        Categories: [{ Name: 'Person Description' }],
      },
    ]);
    expect(lines).toMatchObject([{ card: 7, forced: true, labels: ['Person 90.0'] }]);
    // Moderation is nothing this script speaks of.
    await detectModerationLabels({ Image: { S3Object: { Bucket: 'photos', Name: '7.jpg' } } });
    expect(lines).toMatchObject([{}, { forced: false }]);
  });

  it('obeys MinConfidence as the models do', async () => {
    const { put, card, detectLabels } = await cardServer();
    await put(7, { labels: [person] });
    expect((await detectLabels({ ...(await card(7)), MinConfidence: 91 })).body.Labels).toEqual([]);
  });

  it('waits as long as it says', async () => {
    const { put, card, detectLabels, lines } = await cardServer();
    await put(7, { delayMs: 80, labels: [] });
    await detectLabels(await card(7));
    expect(lines[0]?.['ms']).toBeGreaterThanOrEqual(80);
  });

  it('never answers a timeout; in the end it hangs up', async () => {
    const { put, card, detectLabels, lines } = await cardServer({ cards: createCards(50) });
    await put(7, { fault: 'timeout' });
    await expect(detectLabels(await card(7))).rejects.toThrow();
    expect(lines).toMatchObject([{ card: 7, fault: 'timeout' }]);
    expect(lines[0]).not.toHaveProperty('status');
  });

  it('does not touch other cards, nor those without a script', async () => {
    const { put, card, detectLabels, control } = await cardServer();
    await put(7, { fault: 'InternalServerError' });
    expect((await detectLabels(await card(8))).body.Labels).toEqual([]);
    await control('DELETE', 'cards/7');
    expect((await detectLabels(await card(7))).body.Labels).toEqual([]);
    expect((await control('GET', 'cards/7')).status).toBe(404);
  });
});

describe('a script', () => {
  const answer = (value: object) => ({ answers: [value] });

  it.each([
    ['{"answers":', 'The body is not JSON'],
    [[], 'The body must be a JSON object'],
    [{}, 'answers must be a list with at least one answer.'],
    [{ answers: [] }, 'answers must be a list with at least one answer.'],
    [{ answers: [{}], times: 3 }, 'the body has an unknown member times; known are answers.'],
    [answer({}), 'answers[0] says nothing.'],
    [answer({ fault: 'Oops' }), 'answers[0].fault must be one of AccessDeniedException'],
    [answer({ fault: 'timeout', labels: [] }), 'answers[0] may have a fault or labels, not both.'],
    [answer({ delay: 5 }), 'answers[0] has an unknown member delay'],
    [answer({ delayMs: -1 }), 'answers[0].delayMs must be from 0 to 60000.'],
    [
      answer({ operation: 'CompareFaces', labels: [] }),
      'answers[0].operation must be one of DetectModerationLabels, DetectLabels.',
    ],
    [answer({ operation: 'DetectLabels', moderationLabels: [] }), 'answers[0] has moderationLabels for DetectLabels.'],
    [answer({ labels: person }), 'answers[0].labels must be a list'],
    [answer({ labels: [{ Name: 'Person' }] }), 'answers[0].labels[0].Confidence must be from 0 to 100.'],
    [answer({ labels: [{ ...person, Parents: 'Human' }] }), 'answers[0].labels[0].Parents must be a list.'],
    [
      answer({ moderationLabels: [{ ...explicit, Level: 1 }] }),
      'answers[0].moderationLabels[0] has an unknown member Level',
    ],
  ])('is refused with the reason: %j', async (body, message) => {
    const { control } = await cardServer();
    const answered = await control('PUT', 'cards/7', body);
    expect(answered.status).toBe(400);
    expect(answered.body.message).toContain(message);
    expect((await control('GET', 'cards/7')).status).toBe(404);
  });

  it.each(['65536', 'seven', '-1'])('is not for a card %s', async (number) => {
    const { control } = await cardServer();
    expect((await control('PUT', `cards/${number}`, answer({ labels: [] }))).status).toBe(400);
  });

  it('comes back as it was understood', async () => {
    const { put } = await cardServer();
    expect(await put(7, { moderationLabels: [{ ...explicit, ParentName: 'Explicit' }] })).toEqual({
      status: 200,
      body: {
        number: 7,
        answers: [{ moderationLabels: [{ ...explicit, ParentName: 'Explicit', TaxonomyLevel: 2 }] }],
        asked: {},
      },
    });
  });
});

describe('health', () => {
  it.each([
    ['ready', { moderation: 'ready', objects: 'ready' }],
    ['warming', { moderation: 'loading', objects: 'ready' }],
    ['failed', { moderation: 'failed', objects: 'failed' }],
  ] as const)('is %s', async (status, models) => {
    const translator = { pairs: () => ['es-en'] };
    const { control } = await cardServer({ vision: { models, waiting: 2 }, language: { waiting: 1 }, translator });
    const language = { language: 'ready', sentiment: 'ready' };
    expect(await control('GET', 'health')).toEqual({
      status: 200,
      body: { status, models: { ...models, ...language }, queue: 3, translates: ['es-en'] },
    });
  });

  it('is all there is besides cards', async () => {
    const { control } = await cardServer();
    expect((await control('GET', 'cats/7')).status).toBe(404);
    expect((await control('POST', 'cards/7')).status).toBe(405);
  });
});
