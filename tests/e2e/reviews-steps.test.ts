import { beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { site } from '../engine-fixture.ts';
import {
  about,
  logged,
  newSubject,
  openMailbox,
  Reviewer,
  reviewThat,
  scriptText,
  settled,
  timesAskedAbout,
} from '../reviews-fixture.ts';

let author: Reviewer;
let mailbox: Awaited<ReturnType<typeof openMailbox>>;
const visitor = new Reviewer(site);

beforeAll(async () => {
  [author, mailbox] = await Promise.all([Reviewer.signUp(), openMailbox()]);
});

const spanish = { language: 'es' };
const translation = { translatedText: 'The baths were dirty.' };
const positive = { sentiment: 'POSITIVE' } as const;
const negative = { sentiment: 'NEGATIVE' } as const;

describe('step 1', () => {
  test('translates a review and says from which language', async () => {
    const marker = await scriptText([spanish, translation, positive]);
    const id = await author.review(`Los baños estaban limpios ${marker}`);
    expect(await settled(id)).toMatchObject({
      translationStatus: 'TRANSLATED',
      language: 'es',
      languageScore: expect.any(Number),
      ...translation,
      text: `Los baños estaban limpios ${marker}`,
    });
    expect((await visitor.get(`/reviews/${id}`)).body).toMatchObject({ language: 'es', ...translation });
  });

  test('detects the language with a real model', async () => {
    const ids = await Promise.all([
      author.review('Everything was clean and the staff were friendly with the children.'),
      author.review('Todo estaba limpio y el personal fue muy amable con los niños.'),
      author.review('Tot estava net i el personal va ser molt amable amb els nens.'),
    ]);
    const reviews = await Promise.all(ids.map((id) => settled(id)));
    expect(reviews.map(({ language }) => language)).toEqual(['en', 'es', 'ca']);
    expect(reviews[0]).toMatchObject({ translationStatus: 'NOT_NEEDED', sentiment: 'POSITIVE' });
  });

  test('believes an author who names the language', async () => {
    const marker = await scriptText([translation, positive]);
    const id = await author.review(`Tot bé ${marker}`, { language: 'ca' });
    expect(await settled(id)).toMatchObject({ language: 'ca', ...translation });
    expect(await timesAskedAbout(marker)).not.toHaveProperty('DetectDominantLanguage');
  });

  test('makes no call of Translate for the common language', async () => {
    const marker = await scriptText([{ language: 'en' }, positive]);
    const review = await settled(await author.review(`All good ${marker}`));
    expect(review).toMatchObject({ translationStatus: 'NOT_NEEDED', sentiment: 'POSITIVE' });
    expect(review).not.toHaveProperty('translatedText');
    expect(await timesAskedAbout(marker)).not.toHaveProperty('TranslateText');
  });

  test('is not set off by its own writing', async () => {
    const marker = await scriptText([spanish, translation, positive]);
    const id = await author.review(`Bien ${marker}`);
    await settled(id);
    // By the time that a later review is through, every change of this one has come by.
    await settled(await author.review('Later on.'));
    await poll('the log', 10_000, async () =>
      (await logged('on-review-to-translate', id)).length > 0 ? true : undefined,
    );
    expect(await logged('on-review-to-translate', id)).toMatchObject([
      { message: 'translated', outcome: 'TRANSLATED' },
    ]);
    expect(await timesAskedAbout(marker)).toMatchObject({
      DetectDominantLanguage: expect.any(Number),
      TranslateText: 1,
    });
  });

  test('keeps a review with a mark when there is no translation between the two', async () => {
    const unsupported = { fault: 'UnsupportedLanguagePairException', operation: 'TranslateText', times: 99 } as const;
    const scored = await scriptText([unsupported, spanish, negative]);
    const unscored = await scriptText([unsupported, { language: 'ca' }]);
    const [es, ca] = await Promise.all([author.review(`Mal ${scored}`), author.review(`Malament ${unscored}`)]);
    expect(await settled(es)).toMatchObject({ translationStatus: 'UNSUPPORTED_PAIR', sentiment: 'NEGATIVE' });
    expect(await settled(ca)).toMatchObject({
      translationStatus: 'UNSUPPORTED_PAIR',
      sentimentStatus: 'UNSUPPORTED_LANGUAGE',
    });
  });
});

describe('step 2', () => {
  test('scores by the translation what it cannot score as it is', async () => {
    const marker = await scriptText([{ language: 'ca' }, { translatedText: 'The baths were dirty.' }, positive]);
    const id = await author.review(`Els banys ${marker}`);
    const review = await settled(id);
    expect(review).toMatchObject({ translationStatus: 'TRANSLATED', sentimentStatus: 'SCORED' });
    // The translation has no marker: it was scored by the model of its own language.
    expect(await timesAskedAbout(marker)).not.toHaveProperty('DetectSentiment');
  });

  test('has a manager mailed once of a negative review, with text, translation, score and link', async () => {
    const marker = await scriptText([spanish, translation, negative]);
    const subject = newSubject();
    const text = `Los baños estaban sucios ${marker}`;
    const id = await author.review(text, { subject, rating: 1 });
    const review = await reviewThat(id, 'told of', ({ alertedAt }) => alertedAt !== undefined);
    expect(review).toMatchObject({ alertStatus: 'ALERTED', sentiment: 'NEGATIVE', negativeSince: expect.any(String) });
    await settled(await author.review('Later on.'));
    const [mail, ...others] = about(id, await mailbox.mails());
    expect(others).toEqual([]);
    for (const part of [
      text,
      'The baths were dirty.',
      '1 of 5 stars',
      '% negative',
      `${site.siteUrl}/places/${subject}`,
    ])
      expect(mail?.message).toContain(part);
  });

  test('tells of the negative reviews of one window in one mail', async () => {
    const marker = await scriptText([{ language: 'en' }, negative]);
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => author.review(`Bad ${n} ${marker}`)));
    await Promise.all(ids.map((id) => reviewThat(id, 'told of', ({ alertedAt }) => alertedAt !== undefined)));
    const mails = await mailbox.mails();
    for (const id of ids) expect(about(id, mails)).toHaveLength(1);
    expect(new Set(ids.flatMap((id) => about(id, mails))).size).toBeLessThan(ids.length);
  });

  test('tells of no review that is only somewhat negative, or not at all', async () => {
    const markers = await Promise.all([
      scriptText([{ language: 'en' }, positive]),
      scriptText([{ language: 'en' }, { sentiment: 'MIXED' }]),
    ]);
    const ids = await Promise.all(markers.map((marker) => author.review(`So so ${marker}`)));
    for (const review of await Promise.all(ids.map((id) => settled(id)))) {
      expect(review).toMatchObject({ sentimentStatus: 'SCORED' });
      expect(review).not.toHaveProperty('alertStatus');
    }
  });
});
