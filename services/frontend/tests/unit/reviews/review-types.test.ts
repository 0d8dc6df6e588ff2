import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { maxTextBytes, offeredLanguages, Review } from '../../../src/reviews/review-types.ts';
import { review } from './review.ts';

const document = readFileSync('services/reviews/openapi.yaml', 'utf8');

it('offers languages that the API takes, and knows its limit', () => {
  const [, known = ''] = /\n {4}Language:\n[\s\S]*?enum:\n((?: {8}- .*\n)+)/.exec(document) ?? [];
  const codes = [...known.matchAll(/- "?([\w-]+)"?/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(50);
  expect(offeredLanguages.filter((code) => !codes.includes(code))).toEqual([]);
  expect(document).toContain(`at most ${maxTextBytes} bytes in UTF-8`);
});

it('takes states that are newer than this page for those that nothing is to come of', () => {
  const media = [{ mediaId: 'm1', status: 'BLURRED' }];
  const parsed = v.parse(Review, { ...review(), translationStatus: 'SUMMARISED', media });
  expect(parsed).toMatchObject({ translationStatus: 'UNSUPPORTED_PAIR', media: [{ status: 'REJECTED' }] });
});

it('takes pictures of this site only', () => {
  const rendition = { kind: 'tile', type: 'image/jpeg', url: 'https://elsewhere.example/x.jpg', width: 1, height: 1 };
  const media = [{ mediaId: 'm1', status: 'PUBLISHED', width: 1, height: 1, renditions: [rendition] }];
  expect(v.safeParse(Review, { ...review(), media }).success).toBe(false);
});
