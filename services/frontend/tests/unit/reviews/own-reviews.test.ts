import { afterEach, expect, it, vi } from 'vitest';

type OwnReviews = typeof import('../../../src/reviews/own-reviews.ts');

/** A page that has just been opened: nothing in memory. */
async function openPage(): Promise<OwnReviews> {
  vi.resetModules();
  return import('../../../src/reviews/own-reviews.ts');
}

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

it('knows what somebody has posted from this device, also when the page is opened again', async () => {
  const first = (await openPage()).useOwnReviews(() => 'ana');
  first.add('r1');
  first.add('r2');
  first.remove('r1');
  expect([...first.ids.value]).toEqual(['r2']);
  expect([...(await openPage()).useOwnReviews(() => 'ana').ids.value]).toEqual(['r2']);
});

it('tells nobody else, and keeps the last person’s only', async () => {
  const page = await openPage();
  page.useOwnReviews(() => 'ana').add('r1');
  expect(page.useOwnReviews(() => undefined).ids.value.size).toBe(0);
  const other = page.useOwnReviews(() => 'berta');
  expect(other.ids.value.size).toBe(0);
  other.add('r2');
  expect(page.useOwnReviews(() => 'ana').ids.value.size).toBe(0);
});

it('leaves nothing of an account that is gone', async () => {
  const page = await openPage();
  page.useOwnReviews(() => 'ana').add('r1');
  page.forgetOwnReviews();
  expect(localStorage.length).toBe(0);
  expect(page.useOwnReviews(() => 'ana').ids.value.size).toBe(0);
});

it.each(['', 'garbage', '{"sub":7}'])('takes what it cannot read, %j, for nothing', async (text) => {
  localStorage.setItem('happy-path-own-reviews', text);
  expect((await openPage()).useOwnReviews(() => 'ana').ids.value.size).toBe(0);
});

it('remembers in memory where the browser refuses to keep anything', async () => {
  const page = await openPage();
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('No', 'QuotaExceededError');
  });
  const own = page.useOwnReviews(() => 'ana');
  own.add('r1');
  expect(own.ids.value.has('r1')).toBe(true);
});
