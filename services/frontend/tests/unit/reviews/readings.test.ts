import { expect, it } from 'vitest';
import { readingsOf } from '../../../src/reviews/readings.ts';
import { review, untouched } from './review.ts';

const original = { text: 'Los baños estaban sucios.', language: 'es', isTranslation: false };
const translation = { text: 'The baths were dirty.', language: 'en', isTranslation: true };

it.each(['es', 'es-MX'])('gives the author’s own words alone to who reads their language, %s', (language) => {
  expect(readingsOf(review({ language }), 'es')).toEqual({ first: { ...original, language } });
});

it('gives the translation to who reads its language, and the original besides', () => {
  expect(readingsOf(review(), 'en')).toEqual({ first: translation, other: original });
});

it('gives others the original, and the translation besides', () => {
  expect(readingsOf(review(), 'ca')).toEqual({ first: original, other: translation });
});

it('gives the original while there is nothing else', () => {
  expect(readingsOf(untouched(), 'en')).toEqual({ first: { ...original, language: undefined } });
});
