import type { Page } from 'playwright-core';
import { beforeAll, describe, expect } from 'vitest';
import { aiState } from '../../local/src/ai.ts';
import { runningInstance } from '../../local/src/engine.ts';
import { site } from '../engine-fixture.ts';
import { Reviewer, reviewsUrl, reviewThat, scriptText, settled } from '../reviews-fixture.ts';
import { type Account, makeManager, newAccount, newPlace, type Place, photo, signIn } from './people.ts';
import { desktop, noBrowser, phone, screenshot, test, Visit } from './stage.ts';

let author: Account;
let place: Place;

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  author = await newAccount();
});

const reviewsOn = (page: Page) => page.getByRole('region', { name: 'Reviews' }).getByRole('article');
const reviewer = ({ visitor }: Account) => new Reviewer(site, visitor.token);

/** Fills in the form of a place's page. */
async function write(page: Page, stars: number, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Write a review' }).click();
  await page.getByRole('radio', { name: `${stars} of 5 stars` }).check({ force: true });
  await page.getByLabel('What was it like?').fill(text);
}

const post = (page: Page) => page.getByRole('button', { name: 'Post the review' }).click();

/** Takes the author to the page of a place of its own, on a device. */
async function openPlace(device: object = desktop): Promise<{ visit: Visit; page: Page }> {
  place = await newPlace(author);
  const visit = await Visit.open({ ...device, reducedMotion: 'reduce' });
  const page = await visit.context.newPage();
  await signIn(page, author, `/places/${place.placeId}`);
  return { visit, page };
}

describe.each([
  ['a phone', 'phone', phone],
  ['a desktop', 'desktop', desktop],
] as const)('on %s', (_, size, device) => {
  test('a visitor writes in Spanish, and another reads it in English, the original one click away', async () => {
    const { page } = await openPlace(device);
    const marker = await scriptText([
      { operation: 'DetectDominantLanguage', language: 'es' },
      { operation: 'TranslateText', translatedText: 'The baths were dirty.' },
    ]);
    const original = `Los baños estaban sucios. ${marker}`;
    await write(page, 2, original);
    await post(page);
    await page.getByText('Your review is posted.').first().waitFor();
    const own = reviewsOn(page);
    // Its author’s page is English, too: the translation comes without a reload.
    await own.getByText('The baths were dirty.').waitFor({ timeout: 30_000 });

    const reader = await Visit.open({ ...device, reducedMotion: 'reduce' });
    const other = await reader.page(`/places/${place.placeId}`);
    const text = reviewsOn(other).locator('.review__text');
    await expect.poll(() => text.textContent()).toBe('The baths were dirty.');
    expect(await text.getAttribute('lang')).toBe('en');
    await reviewsOn(other).getByText('2 of 5 stars').waitFor();
    await reviewsOn(other).getByText('Translated by a machine.').waitFor();
    await other.getByRole('button', { name: 'Show the original (Spanish)' }).click();
    await expect.poll(() => text.textContent()).toBe(original);
    expect(await text.getAttribute('lang')).toBe('es');
    await other.getByRole('button', { name: 'Show the translation (English)' }).click();
    await expect.poll(() => text.textContent()).toBe('The baths were dirty.');
    expect(await other.getByRole('button', { name: 'Delete' }).count()).toBe(0);

    const inSpanish = await Visit.open({ ...device, locale: 'es-ES', reducedMotion: 'reduce' });
    const third = await inSpanish.page(`/places/${place.placeId}`);
    const article = third.getByRole('region', { name: 'Opiniones' }).getByRole('article');
    await article.getByText(original, { exact: true }).waitFor();
    expect(await article.getByRole('button').count()).toBe(0);
  });

  test('a review has photos, which are shown large; its author deletes it', async () => {
    const { page } = await openPlace(device);
    await write(page, 5, 'Look at this!');
    await page
      .getByLabel('Add up to 5 photos')
      .setInputFiles([
        await photo('park-creek.jpg', 'creek.jpg'),
        { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk') },
        await photo('cafe-cat.webp', 'cat.webp'),
      ]);
    const form = page.getByRole('form', { name: 'Write a review' });
    const chosen = (name: string) => form.getByRole('listitem').filter({ hasText: name });
    await chosen('notes.jpg').getByText('Not published').waitFor();
    await chosen('cat.webp').getByText('Waiting', { exact: true }).waitFor();
    await screenshot(page, `review-photos-chosen-${size}`);
    await form.getByRole('button', { name: 'Remove notes.jpg from the list' }).click();
    await post(page);
    await form.waitFor({ state: 'detached', timeout: 30_000 });

    const images = reviewsOn(page).getByRole('img');
    await expect.poll(() => images.count(), { timeout: 30_000 }).toBe(2);
    await images.first().scrollIntoViewIfNeeded();
    await expect
      .poll(() => images.first().evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth))
      .toBeTruthy();
    const source = await images.first().evaluate((image: HTMLImageElement) => image.currentSrc);
    expect(source).toMatch(new RegExp(`^${site.siteUrl}/reviews/[0-9a-f]{32}/[0-9a-f]{32}/tile\\.webp$`));
    await screenshot(page, `review-photos-${size}`);
    await images.first().click();
    const lightbox = page.getByRole('dialog', { name: 'Photo, large' });
    await lightbox.getByText('1 of 2').waitFor();
    await page.keyboard.press('Escape');

    await page.reload();
    await reviewsOn(page).getByRole('button', { name: 'Delete your review' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
    expect(await reviewsOn(page).count()).toBe(1);
    await reviewsOn(page).getByRole('button', { name: 'Delete your review' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No reviews yet').waitFor();
    await page.reload();
    await page.getByText('No reviews yet').waitFor();
  });

  test('reviews that come move nothing that is seen', async () => {
    place = await newPlace(author);
    for (let number = 0; number < 12; number++) {
      const text = `${number}: ${'It was a long walk, and well worth it. '.repeat(number)}`;
      await reviewer(author).review(text, { subject: place.placeId, rating: (number % 5) + 1 });
    }
    const visit = await Visit.open(device);
    await visit.context.addInitScript(() => {
      Reflect.set(window, 'shift', 0);
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          Reflect.set(window, 'shift', Reflect.get(window, 'shift') + Reflect.get(entry, 'value'));
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const page = await visit.page(`/places/${place.placeId}`);
    await expect.poll(() => reviewsOn(page).count()).toBe(10);
    expect(await page.evaluate(() => Reflect.get(window, 'shift'))).toBeLessThanOrEqual(0.1);
    await reviewsOn(page).first().scrollIntoViewIfNeeded();
    await screenshot(page, `reviews-many-${size}`);
    await page.getByRole('button', { name: 'Show more reviews' }).click();
    await expect.poll(() => reviewsOn(page).count()).toBe(12);
    const numbers = await reviewsOn(page).locator('.review__text').allTextContents();
    expect(numbers.map((text) => Number.parseInt(text, 10))).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });
});

describe('a review', () => {
  test('is read as far as this machine’s own models take it', async () => {
    const { page } = await openPlace();
    const state = await aiState(await runningInstance('test'));
    await write(page, 4, 'Los niños jugaron toda la tarde en el parque, y la comida estaba muy buena.');
    await post(page);
    // Apertium is not on every machine: then the text stays as it is, and the page says so.
    if (state?.translates.includes('es-en')) {
      await reviewsOn(page).getByRole('button', { name: 'Show the original (Spanish)' }).waitFor({ timeout: 30_000 });
      expect(await reviewsOn(page).locator('.review__text').getAttribute('lang')).toBe('en');
    } else {
      await reviewsOn(page).getByText('In Spanish; there is no translation.').waitFor({ timeout: 30_000 });
      expect(await reviewsOn(page).locator('.review__text').getAttribute('lang')).toBe('es');
    }
  });

  test.each([
    [
      'HTML',
      '<img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script> <b>bold</b> & {{ text }}',
      'ltr',
    ],
    ['Hebrew', 'מקום נהדר לילדים (בבוקר), 5 מתוך 5', 'rtl'],
    ['Arabic, with a switch of direction', '\u202eحديقة جميلة جدا', 'rtl'],
    ['several lines and emoji', 'One\n\n  Two 👩‍👩‍👧‍👦🏳️‍🌈', 'ltr'],
  ])('of %s is shown as it was typed', async (what, written, direction) => {
    const { visit, page } = await openPlace(phone);
    await write(page, 3, written);
    await post(page);
    const text = reviewsOn(page).locator('.review__text');
    await text.waitFor();
    await page.reload();
    await expect.poll(() => text.textContent()).toBe(written);
    expect(await text.evaluate((element) => getComputedStyle(element).direction)).toBe(direction);
    expect(await reviewsOn(page).locator('img, script, b').count()).toBe(0);
    expect(await page.title()).toContain(place.name);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await text.scrollIntoViewIfNeeded();
    await screenshot(page, `review-${what.replace(/\W+/g, '-')}-phone`);
    await visit.context.close();
  });

  test('says beside each field what is wrong, before it is sent', async () => {
    const { page } = await openPlace();
    await page.getByRole('button', { name: 'Write a review' }).click();
    await post(page);
    await page.getByText('Choose one to five stars.').waitFor();
    await page.getByText('Fill this in.').waitFor();
    // The arrow keys choose stars.
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: '2 of 5 stars' }).isChecked()).toBe(true);
    await page.getByLabel('What was it like?').fill('ñ'.repeat(2501));
    await page.getByText('5,002 of 5,000 bytes.').waitFor();
    await post(page);
    await page.getByText('Too long: at most 5,000 bytes.').first().waitFor();
    await page.getByLabel('What was it like?').fill('ñ'.repeat(2500));
    await post(page);
    await reviewsOn(page).waitFor();
  });

  test('is posted once, though the first answer is lost', async () => {
    const { visit, page } = await openPlace();
    visit.allowFailures(/\/reviews/);
    const keys: string[] = [];
    await page.route(`${reviewsUrl}/reviews`, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await write(page, 1, 'Too loud.');
    await post(page);
    await page.getByText('There is no connection.').waitFor();
    await post(page);
    await reviewsOn(page).waitFor();
    expect(new Set(keys).size).toBe(1);
    await page.reload();
    await reviewsOn(page).first().waitFor();
    expect(await reviewsOn(page).count()).toBe(1);
  });

  test('can be sent to a place by those only who are signed in', async () => {
    place = await newPlace(author);
    const visit = await Visit.open();
    const page = await visit.page(`/places/${place.placeId}`);
    const section = page.getByRole('region', { name: 'Reviews' });
    await section.getByText('No reviews yet').waitFor();
    expect(await section.getByRole('button', { name: 'Write a review' }).count()).toBe(0);
    await section.getByRole('link', { name: 'Sign in' }).click();
    await page.waitForURL(`/sign-in?return=/places/${place.placeId}`);
  });
});

test('a link to a review leads to it, however old it is', async () => {
  place = await newPlace(author);
  const subject = place.placeId;
  const oldest = await reviewer(author).review('The one that is sought.', { subject });
  for (let number = 0; number < 11; number++) await reviewer(author).review(`A later one: ${number}`, { subject });
  const visit = await Visit.open(phone);
  const page = await visit.page(`/places/${subject}#review-${oldest}`);
  const sought = page.getByRole('article').filter({ hasText: 'The one that is sought.' });
  await sought.waitFor();
  await expect.poll(() => sought.evaluate((each) => each === document.activeElement)).toBe(true);
  const { top, bottom } = await sought.evaluate((each) => each.getBoundingClientRect().toJSON());
  expect(top).toBeGreaterThan(0);
  expect(bottom).toBeLessThanOrEqual(phone.viewport.height);
});

describe('negative reviews', () => {
  test('are read by managers, newest first, and by nobody else', async () => {
    const manager = await newAccount();
    await makeManager(manager);
    place = await newPlace(author, undefined, 'Loud Park');
    const angry = await scriptText([
      { operation: 'DetectDominantLanguage', language: 'es' },
      { operation: 'TranslateText', translatedText: 'Never again.' },
      { operation: 'DetectSentiment', sentiment: 'NEGATIVE' },
    ]);
    const older = await reviewer(author).review(`Nunca más. ${angry}`, { subject: place.placeId, rating: 1 });
    await reviewThat(older, 'negative', ({ negativeSince }) => negativeSince !== undefined);
    const newer = await reviewer(author).review(`Jamás. ${angry}`, { subject: place.placeId, rating: 1 });
    await reviewThat(newer, 'negative', ({ negativeSince }) => negativeSince !== undefined);
    await Promise.all([older, newer].map((id) => settled(id)));

    const visit = await Visit.open({ reducedMotion: 'reduce' });
    // Other tests write about what is no place.
    visit.allowFailures(/\/api\/locations\/subject-/);
    const page = await visit.context.newPage();
    await signIn(page, manager, '/');
    await page.getByRole('banner').getByRole('link', { name: 'Negative reviews' }).click();
    await page.getByRole('heading', { level: 1, name: 'Negative reviews' }).waitFor();
    const ids = () => page.getByRole('article').evaluateAll((all) => all.map((each) => each.id.replace('review-', '')));
    await expect.poll(async () => (await ids()).filter((id) => id === older || id === newer)).toEqual([newer, older]);
    const article = page.locator(`#review-${newer}`);
    await article.getByText('Never again.').waitFor();
    await article.getByRole('link', { name: 'Loud Park' }).click();
    await page.waitForURL(`/places/${place.placeId}`);

    const stranger = await Visit.open();
    stranger.allowFailures(/negative-reviews/);
    const closed = await stranger.context.newPage();
    await signIn(closed, author, '/negative-reviews');
    await closed.getByText('Only managers may read this page.').waitFor();
    expect(await closed.getByRole('link', { name: 'Negative reviews' }).count()).toBe(0);
    expect(await closed.getByRole('article').count()).toBe(0);
  });
});

test('where no reviews are deployed, a place’s page has none and asks for none', async () => {
  place = await newPlace(author);
  const visit = await Visit.open();
  const asked: string[] = [];
  visit.context.on('request', (request) => {
    if (request.url().startsWith(reviewsUrl) || /reviews/i.test(request.url())) asked.push(request.url());
  });
  await visit.context.route('**/api/config', async (route) => {
    const { body } = await author.visitor.get('/config');
    const { reviewsUrl: _, ...config } = body;
    await route.fulfill({ json: config });
  });
  const page = await visit.page(`/places/${place.placeId}`);
  await page.getByText('No photos yet').waitFor();
  await page.waitForLoadState('networkidle');
  expect(await page.getByText('Reviews').count()).toBe(0);
  expect(asked).toEqual([]);
});
