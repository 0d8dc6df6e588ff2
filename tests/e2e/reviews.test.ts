import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { site } from '../engine-fixture.ts';
import { newSubject, Reviewer, reviewsUrl } from '../reviews-fixture.ts';

let author: Reviewer;
const visitor = new Reviewer(site);

beforeAll(async () => {
  author = await Reviewer.signUp();
});

describe('posting a review', () => {
  const review = () => ({ subject: newSubject(), rating: 4, text: 'Quiet in the morning.' });

  test('needs a token', async () => {
    expect(await visitor.post('/reviews', review())).toMatchObject({ status: 401 });
    expect(await new Reviewer(site, 'garbage').post('/reviews', review())).toMatchObject({ status: 401 });
  });

  test('puts it among its subject’s for everyone, and says where it is', async () => {
    const posted = review();
    const { status, headers, body } = await author.post('/reviews', posted);
    expect({ status, body }).toMatchObject({ status: 201, body: posted });
    expect(headers.get('location')).toBe(`reviews/${body.reviewId}`);
    expect((await visitor.get(`/reviews?subject=${posted.subject}`)).body.reviews).toMatchObject([posted]);
    expect((await visitor.get(`/reviews/${body.reviewId}`)).body).toMatchObject(posted);
  });

  test('twice with one Idempotency-Key makes one review, also at the same time', async () => {
    const posted = review();
    const key = { 'idempotency-key': randomUUID() };
    const first = await Promise.all([1, 2, 3, 4].map(() => author.post('/reviews', posted, key)));
    expect(first.map(({ status }) => status)).toContain(201);
    expect(first.filter(({ status }) => status !== 201).every(({ status }) => status === 409)).toBe(true);
    const again = await author.post('/reviews', posted, key);
    expect(again.status).toBe(201);
    expect((await visitor.get(`/reviews?subject=${posted.subject}`)).body.reviews).toHaveLength(1);
  });

  test('with the key of another review is refused, and the first one stands', async () => {
    const posted = review();
    const key = { 'idempotency-key': randomUUID() };
    const { body } = await author.post('/reviews', posted, key);
    expect(await author.post('/reviews', { ...posted, rating: 1 }, key)).toMatchObject({ status: 409 });
    expect((await visitor.get(`/reviews/${body.reviewId}`)).body).toMatchObject(posted);
  });

  test.each([
    ['no text', { text: undefined }, 'text'],
    ['a blank text', { text: ' \n\t ' }, 'text'],
    ['a text that is none', { text: 7 }, 'text'],
    ['a text of 5001 bytes', { text: 'x'.repeat(5001) }, 'text'],
    ['a text of 5001 bytes in 2501 characters', { text: `${'ñ'.repeat(2500)}x` }, 'text'],
    ['a null character', { text: 'a\u0000b' }, 'text'],
    ['half a character', { text: 'a\ud800' }, 'text'],
    ['no rating', { rating: undefined }, 'rating'],
    ['no star', { rating: 0 }, 'rating'],
    ['six stars', { rating: 6 }, 'rating'],
    ['half a star', { rating: 1.5 }, 'rating'],
    ['stars as text', { rating: '5' }, 'rating'],
    ['no subject', { subject: undefined }, 'subject'],
    ['a path as subject', { subject: '../me' }, 'subject'],
    ['an unknown language', { language: 'tlh' }, 'language'],
    ['an unknown field', { author: 'me' }, 'author'],
    ['a text beyond all measure', { text: 'x'.repeat(40_000) }, 'body'],
  ])('with %s is refused, and names the field', async (_, change, field) => {
    const { status, body } = await author.post('/reviews', { ...review(), ...change });
    expect(status).toBe(400);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  test.each([
    ['emoji', '¡Qué bien! 👩‍👩‍👧‍👦🏳️‍🌈'],
    ['from right to left', 'מקום נהדר לילדים (בבוקר)'],
    ['HTML', '<script>alert(1)</script> & "quoted" <b>bold</b>'],
    ['several lines', 'One\nTwo\r\n\tThree'],
    ['5000 bytes', 'ñ'.repeat(2500)],
    ['another language’s template', '{{constructor}} %s \\u0000 #{7*7}'],
  ])('keeps and shows %s as it was typed', async (_, text) => {
    const id = await author.review(text);
    expect((await visitor.get(`/reviews/${id}`)).body.text).toBe(text);
  });
});

describe('the list of a subject', () => {
  test('has its reviews newest first, page by page', async () => {
    const subject = newSubject();
    const ids: string[] = [];
    for (const text of ['One', 'Two', 'Three']) ids.unshift(await author.review(text, { subject }));
    const first = await visitor.get(`/reviews?subject=${subject}&limit=2`);
    const second = await visitor.get(`/reviews?subject=${subject}&limit=2&cursor=${first.body.cursor}`);
    const listed = [...first.body.reviews, ...second.body.reviews].map(({ reviewId }) => reviewId);
    expect(listed).toEqual(ids);
    expect(first.body.reviews).toHaveLength(2);
    expect(second.body).not.toHaveProperty('cursor');
  });

  test.each(['', '?subject=', '?subject=UPPER', '?subject=a&limit=0', '?subject=a&cursor=garbage', '?subject=a&x=1'])(
    '%j is refused',
    async (query) => {
      expect(await visitor.get(`/reviews${query}`)).toMatchObject({ status: 400 });
    },
  );

  test('a review that does not exist is not found', async () => {
    expect(await visitor.get(`/reviews/${'0'.repeat(32)}`)).toMatchObject({ status: 404 });
  });
});

describe('a browser', () => {
  const preflight = (origin: string) =>
    site.fetch(`${reviewsUrl}/reviews`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });

  test('may call the API from the page', async () => {
    const { headers } = await preflight(site.siteUrl);
    expect(headers.get('access-control-allow-origin')).toBe(site.siteUrl);
    expect(headers.get('access-control-allow-headers')).toMatch(/idempotency-key/);
    const answer = await site.fetch(`${reviewsUrl}/reviews?subject=a`, { headers: { origin: site.siteUrl } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(site.siteUrl);
  });

  test('may not call it from any other page', async () => {
    expect((await preflight('https://elsewhere.example')).headers.has('access-control-allow-origin')).toBe(false);
  });
});
