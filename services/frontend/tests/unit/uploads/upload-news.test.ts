import { beforeEach, expect, test, vi } from 'vitest';
import { english } from '../../../src/i18n/catalogue.ts';
import { setLanguage } from '../../../src/i18n/i18n.ts';
import { messages as spanish } from '../../../src/i18n/uploads.es.ts';
import type { UploadItem } from '../../../src/uploads/upload-item.ts';
import { UploadNews } from '../../../src/uploads/upload-news.ts';
import { problemText, stateText } from '../../../src/uploads/upload-texts.ts';
import { TurnedClock } from '../turned-clock.ts';

const clock = new TurnedClock();
const notify = vi.fn();
const announce = vi.fn();
const showPlace = vi.fn();
const showsPlace = vi.fn();
let news: UploadNews;

const item = (patch: Partial<UploadItem>): UploadItem => ({
  id: 'a',
  owner: 'ana',
  placeId: 'place',
  fileName: 'photo.jpg',
  bytes: 100,
  addedAtMs: 0,
  attempts: 0,
  state: 'published',
  ...patch,
});
const totals = (arrived: number, open: number) => ({
  total: arrived + open,
  arrived,
  published: 0,
  unsuccessful: 0,
  open,
  fraction: 0,
});
const told = () => notify.mock.calls.map(([{ message }]) => message);

beforeEach(async () => {
  await setLanguage('en');
  vi.resetAllMocks();
  news = new UploadNews({ clock, notify, announce, showPlace, showsPlace });
});

test('a published photo is told with the way to it', async () => {
  news.ended(item({}));
  await clock.turn(400);
  expect(notify).toHaveBeenCalledOnce();
  const [{ message, tone, action }] = notify.mock.calls[0] ?? [{}];
  expect([message, tone, action.label]).toEqual(['“photo.jpg” is published.', 'success', 'Show the place']);
  action.run();
  expect(showPlace).toHaveBeenCalledWith('place');
});

test('on the page of the place, it only wants to be confirmed', async () => {
  showsPlace.mockReturnValue(true);
  news.ended(item({}));
  await clock.turn(400);
  const [{ action }] = notify.mock.calls[0] ?? [{}];
  expect(action.label).toBe('OK');
  action.run();
  expect(showPlace).not.toHaveBeenCalled();
});

test('what ends together is told together, by what there is to do about it', async () => {
  const refused = { state: 'refused', problem: { code: 'NO_PEOPLE_ALLOWED' } } as const;
  for (const each of [{}, refused, {}, { state: 'failed', problem: { code: 'QUOTA' } } as const, refused, {}]) {
    news.ended(item(each));
  }
  await clock.turn(400);
  expect(told()).toEqual([
    '3 photos are published.',
    '2 photos were not published. This place is shown without people, and there seems to be a person in the photo. Take it again with nobody in it.',
    '“photo.jpg” could not be uploaded. You have used up the uploads of today. Try again tomorrow.',
  ]);
  expect(notify.mock.calls[1]?.[0]).toMatchObject({ tone: 'warning', timeoutMs: 0 });
});

test('progress is said at the beginning, and then four times a minute at most', async () => {
  news.progressed(totals(0, 5));
  for (let arrived = 1; arrived <= 4; arrived++) {
    await clock.turn(5000);
    news.progressed(totals(arrived, 5 - arrived));
  }
  expect(announce.mock.calls).toEqual([['Uploading 5 photos.'], ['3 of 5 photos sent.']]);
});

test('the end is not said twice, and the next beginning is said again', async () => {
  news.progressed(totals(0, 1));
  news.progressed(totals(1, 0));
  await clock.turn(20_000);
  news.progressed(totals(1, 2));
  expect(announce.mock.calls).toEqual([['Uploading 1 photo.'], ['Uploading 2 photos.']]);
});

test('a hostile file name is said as it is', async () => {
  news.ended(item({ fileName: '{reason}<img src=x onerror=alert(1)>' }));
  await clock.turn(400);
  expect(told()).toEqual(['“{reason}<img src=x onerror=alert(1)>” is published.']);
});

const reasons = [
  'IMAGE_TOO_SMALL',
  'IMAGE_TOO_LARGE',
  'UNSUPPORTED_TYPE',
  'UNREADABLE_IMAGE',
  'FAILED_MODERATION',
  'NO_PEOPLE_ALLOWED',
  'UNSUPPORTED_PLACE_TYPE',
  'SYSTEM_FAULT',
];

test.each(reasons)('%s has words of its own in every language', async (code) => {
  const inEnglish = problemText({ code, detail: 'what the server says' });
  expect(inEnglish).not.toContain('server');
  await setLanguage('es');
  const inSpanish = problemText({ code, detail: 'what the server says' });
  expect(inSpanish).not.toContain('server');
  expect(inSpanish).not.toBe(inEnglish);
});

test('a reason that the page does not know is told in the words of the server', () => {
  expect(problemText({ code: 'TOO_BLURRED', detail: 'The photo is blurred.' })).toBe('The photo is blurred.');
  expect(problemText({ code: 'constructor' })).toBe('The photo was not accepted. Choose another one.');
});

test('figures are told in the units of people', () => {
  expect(problemText({ code: 'FILE_TOO_LARGE', values: { bytes: 34_100_000, maxBytes: 20 * 1024 ** 2 } })).toContain(
    'has 34.1 MB; at most 20.9 MB',
  );
  expect(problemText({ code: 'IMAGE_TOO_SMALL', values: { width: 20, height: 31, minSidePx: 32 } })).toContain(
    '20 × 31',
  );
});

test('progress never says more than has been sent', () => {
  const sending = { ...item({ state: 'sending' }), sentBytes: 99.9 };
  expect(stateText(sending)).toBe('Sending: 99%');
  expect(stateText({ ...sending, pause: 'signed-out' })).toBe('Paused. Sign in again to go on.');
});

test('every text has the same placeholders in Spanish', () => {
  const names = (message: unknown) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort();
  for (const [key, message] of Object.entries(spanish)) {
    expect([key, names(message)]).toEqual([key, names(english[key as keyof typeof english])]);
  }
});
