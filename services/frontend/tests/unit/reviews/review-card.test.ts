import { mount } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import { setLanguage } from '../../../src/i18n/i18n.ts';
import ReviewCard from '../../../src/reviews/ReviewCard.vue';
import { medium, review, untouched } from './review.ts';

afterEach(() => setLanguage('en'));

const card = (given = review(), props = {}) =>
  mount(ReviewCard, { props: { review: given, placeName: 'Park', ...props } });
const textOf = (shown: ReturnType<typeof card>) => shown.get('.review__text');

it('says the stars in words', () => {
  const shown = card(review({ rating: 4 }));
  expect(shown.get('.stars .visually-hidden').text()).toBe('4 of 5 stars');
  expect(shown.findAll('.star--lit')).toHaveLength(4);
});

it('shows the translation, says that it is one, and the original one click away', async () => {
  const shown = card();
  expect(textOf(shown).text()).toBe('The baths were dirty.');
  expect(textOf(shown).attributes()).toMatchObject({ lang: 'en', dir: 'auto' });
  expect(shown.text()).toContain('Translated by a machine.');
  expect(shown.get('button').text()).toBe('Show the original (Spanish)');
  await shown.get('button').trigger('click');
  expect(textOf(shown).text()).toBe('Los baños estaban sucios.');
  expect(textOf(shown).attributes('lang')).toBe('es');
  expect(shown.text()).not.toContain('Translated by a machine.');
  expect(shown.get('button').text()).toBe('Show the translation (English)');
});

it('shows who reads its language the original alone', async () => {
  await setLanguage('es');
  const shown = card();
  expect(textOf(shown).text()).toBe('Los baños estaban sucios.');
  expect(shown.find('button').exists()).toBe(false);
});

it('shows whatever was written as text', () => {
  const hostile = '<img src=x onerror="alert(1)"><b>bold</b> {{ text }}';
  const shown = card(untouched({ text: hostile }));
  expect(textOf(shown).element.textContent).toBe(hostile);
  expect(shown.find('img').exists()).toBe(false);
});

it.each([
  ['one that is on its way', untouched(), true, 'It is being translated.'],
  ['one that never came', untouched(), false, undefined],
  [
    'a language without one',
    untouched({ language: 'ca', translationStatus: 'UNSUPPORTED_PAIR' }),
    false,
    'In Catalan; there is no translation.',
  ],
  ['an unknown language', untouched({ translationStatus: 'FAILED' }), false, 'There is no translation.'],
  ['the reader’s own language', untouched({ language: 'en', translationStatus: 'FAILED' }), false, undefined],
] as const)('says of %s what is with its translation', (_what, given, isAwaited, note) => {
  const notes = card(given, { isAwaited }).findAll('.review__note');
  expect(notes.map((each) => each.text())).toEqual(note === undefined ? [] : [note]);
});

it('shows published photos, and says that others are on their way', () => {
  const media = [medium(), medium({ mediaId: 'm2', status: 'PENDING' }), medium({ mediaId: 'm3', status: 'REJECTED' })];
  const shown = card(review({ media }), { isAwaited: true });
  expect(shown.findAll('img').map((image) => image.attributes('src'))).toEqual(['/reviews/r1/m1/tile.jpg']);
  expect(shown.get('img').attributes('loading')).toBe('lazy');
  expect(shown.text()).toContain('1 photo is being processed.');
  expect(shown.text()).not.toContain('not shown');
});

it('tells its author which photo was refused, and lets nobody else delete it', async () => {
  const media = [medium({ status: 'REJECTED', reason: 'IMAGE_TOO_SMALL' })];
  expect(card(review({ media })).find('.review__delete').exists()).toBe(false);
  const own = card(review({ media }), { isOwn: true });
  expect(own.text()).toContain('A photo is not shown. The photo has too few pixels.');
  await own.get('.review__delete').trigger('click');
  expect(own.emitted('delete')).toHaveLength(1);
});
