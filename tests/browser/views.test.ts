import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect } from 'vitest';
import { seedPlaces } from '../../local/src/demo.ts';
import { messages as coreEnglish } from '../../services/frontend/src/i18n/core.en.ts';
import { messages as coreSpanish } from '../../services/frontend/src/i18n/core.es.ts';
import { messages as reviewsEnglish } from '../../services/frontend/src/i18n/reviews.en.ts';
import { messages as reviewsSpanish } from '../../services/frontend/src/i18n/reviews.es.ts';
import { messages as uploadsEnglish } from '../../services/frontend/src/i18n/uploads.en.ts';
import { messages as uploadsSpanish } from '../../services/frontend/src/i18n/uploads.es.ts';
import { site } from '../engine-fixture.ts';
import { Reviewer, reviewThat, scriptText } from '../reviews-fixture.ts';
import { type Account, makeManager, newAccount, type Place, photosOn, publish } from './people.ts';
import { desktop, noBrowser, phone, screenshot, test, Visit } from './stage.ts';
import { type View, viewsOf, walk } from './views.ts';

/** WCAG 2.2, levels A and AA, and what its makers advise beyond. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What changes with the colours. */
const colourRules = ['color-contrast', 'link-in-text-block'];

const samples = [
  'river-bridge.jpg',
  'garden-pagoda.jpg',
  'park-nuthatch.jpg',
  'park-creek.jpg',
  'park-meadow.jpg',
  'park-dandelions.jpg',
];

/** Views to look at in the dark, too. */
const inDark = new Set(['places', 'place', 'reviews', 'review-form', 'negative-reviews']);

let account: Account;
let place: Place;
let views: readonly View[];

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  account = await newAccount();
  // Other tests have places near these.
  const placeId = (await seedPlaces(account.visitor)).get('Park Güell') ?? '';
  place = (await account.visitor.get(`/locations/${placeId}`)).body;
  for (const sample of samples) await publish(account, place, sample);
  await makeManager(account);
  await writeReviews(placeId);
  views = viewsOf(place, account);
});

/** One that is praise in English, one that is a complaint in French, which neither language of the page is. */
async function writeReviews(subject: string): Promise<void> {
  const author = new Reviewer(site, account.visitor.token);
  const praise = await scriptText([{ language: 'en' }, { sentiment: 'POSITIVE' }]);
  await author.review(`Lovely. ${praise}`, { subject, rating: 5 });
  const complaint = await scriptText([
    { language: 'fr' },
    { translatedText: 'The benches were broken.' },
    { sentiment: 'NEGATIVE' },
  ]);
  const id = await author.review(`Les bancs étaient cassés. ${complaint}`, { subject, rating: 1 });
  await reviewThat(id, 'negative', ({ negativeSince }) => negativeSince !== undefined);
}

async function violations(page: Page, runOnly: axe.RunOnly): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate(
    (only) =>
      (Reflect.get(window, 'axe') as typeof axe).run({
        runOnly: only,
        resultTypes: ['violations'],
      }) as Promise<AxeResults>,
    runOnly,
  );
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

/** Changes the colours, and waits until all have changed. */
async function turnTo(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
}

/** @returns what stands out of the page's right side at this width */
async function overflow(page: Page, width: number): Promise<string[]> {
  const { height } = page.viewportSize() ?? desktop.viewport;
  await page.setViewportSize({ width, height });
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(
      (each) => each.getBoundingClientRect().right > clientWidth,
    );
    return [`${scrollWidth} px in ${clientWidth}:`, ...wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 80))];
  });
}

describe.each([
  // 320 px are the narrowest that WCAG asks for; 640 are a desktop of 1280 at 200 %.
  ['a phone', 'phone', phone, 320],
  ['a desktop', 'desktop', desktop, 640],
] as const)('every view on %s', (_, size, device, narrow) => {
  test('is accessible in light and dark, and never scrolls sideways, zoomed neither', {
    timeout: 120_000,
  }, async () => {
    const visit = await Visit.open({ ...device, colorScheme: 'light', reducedMotion: 'reduce' });
    visit.allowFailures(/status of 40[04]/);
    const page = await visit.context.newPage();
    const found: Record<string, string[]> = {};
    await walk(page, views, account, async ({ name }) => {
      await screenshot(page, `${name}-${size}`);
      const light = await violations(page, { type: 'tag', values: rules });
      await turnTo(page, 'dark');
      if (inDark.has(name)) await screenshot(page, `${name}-${size}-dark`);
      const dark = await violations(page, { type: 'rule', values: colourRules });
      await turnTo(page, 'light');
      const { width } = device.viewport;
      const wide = [...(await overflow(page, width)), ...(await overflow(page, narrow))];
      await page.setViewportSize(device.viewport);
      const all = [...light, ...dark.map((each) => `dark: ${each}`), ...wide];
      if (all.length > 0) found[name] = all;
    });
    expect(found).toEqual({});
  });
});

describe.each([
  ['a phone', phone],
  ['a phone held sideways', { ...phone, viewport: { width: 740, height: 360 } }],
  ['a desktop', desktop],
] as const)('a photo in large on %s', (_, device) => {
  test('stands in the middle of its area, whole', async () => {
    const page = await (await Visit.open(device)).page(`/places/${place.placeId}`);
    await photosOn(page).first().getByRole('button').click();
    const image = page.locator('.lightbox img');
    for (let shown = 1; ; shown++) {
      await image.evaluate((each: HTMLImageElement) => each.decode());
      const [area, photo] = await Promise.all([page.locator('.lightbox__photo').boundingBox(), image.boundingBox()]);
      if (!area || !photo) throw new Error('A photo in its area');
      expect(Math.abs(photo.x + photo.width / 2 - (area.x + area.width / 2))).toBeLessThanOrEqual(2);
      expect(Math.abs(photo.y + photo.height / 2 - (area.y + area.height / 2))).toBeLessThanOrEqual(2);
      expect(photo.width).toBeLessThanOrEqual(area.width + 0.5);
      expect(photo.height).toBeLessThanOrEqual(area.height + 0.5);
      const next = page.getByRole('button', { name: 'Next photo' });
      if ((await next.getAttribute('aria-disabled')) === 'true') return;
      await next.click();
      await page
        .locator('.lightbox')
        .getByText(`${shown + 1} of `)
        .waitFor();
    }
  });
});

describe('every view in Spanish', () => {
  /** English texts that read otherwise in Spanish; what stands in braces may be anything. */
  const english = { ...coreEnglish, ...reviewsEnglish, ...uploadsEnglish };
  const spanish: Record<string, string | object> = { ...coreSpanish, ...reviewsSpanish, ...uploadsSpanish };
  const formsOf = (message: string | object): string[] =>
    typeof message === 'string' ? [message] : Object.values(message);
  const untranslated = Object.entries(english).flatMap(([key, message]) => {
    const translated = formsOf(spanish[key] ?? '');
    return formsOf(message)
      .filter((form) => !translated.includes(form) && /[a-z]{3}/i.test(form.replace(/\{\w+\}/g, '')))
      .map((form) => new RegExp(`^${form.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+')}$`));
  });

  test('says nothing in English, and has room for the longer words', { timeout: 120_000 }, async () => {
    const visit = await Visit.open({ ...phone, locale: 'es-ES', reducedMotion: 'reduce' });
    visit.allowFailures(/status of 40[04]/);
    const page = await visit.context.newPage();
    const found: Record<string, string[]> = {};
    await walk(page, views, account, async ({ name }) => {
      expect(await page.locator('html').getAttribute('lang')).toBe('es');
      const texts = await page.evaluate(() => {
        const said = ['aria-label', 'placeholder', 'alt', 'title'];
        const attributes = [...document.querySelectorAll('body *')].flatMap((element) =>
          said.map((attribute) => element.getAttribute(attribute) ?? ''),
        );
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const nodes: string[] = [];
        while (walker.nextNode()) nodes.push(walker.currentNode.textContent ?? '');
        return [document.title, ...attributes, ...nodes].map((text) => text.trim()).filter((text) => text !== '');
      });
      const all = [
        ...texts.filter((text) => untranslated.some((form) => form.test(text))),
        ...(await overflow(page, phone.viewport.width)),
      ];
      if (all.length > 0) found[name] = all;
      if (name === 'places' || name === 'uploads') await screenshot(page, `${name}-phone-es`);
    });
    expect(found).toEqual({});

    // Another language is a choice of the visitor, and is kept.
    await page.goto('/');
    await page.getByLabel('Idioma').selectOption('en');
    await page.getByRole('heading', { name: 'Parks near Barcelona' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Parks near Barcelona' }).waitFor();
  });
});
