import type { Page } from 'playwright-core';
import { type Account, type Place, photo } from './people.ts';

/** A view as it is reached: whatever the language, by address, then by what is done there. */
export interface View {
  readonly name: string;
  readonly path: string;
  readonly signedIn?: boolean;
  readonly arrange?: (page: Page) => Promise<void>;
}

/** The map's coasts come in pieces, after it. */
const showMap = async (page: Page): Promise<void> => {
  const panels = page.locator('.places__panels');
  if (await panels.isVisible()) await panels.locator('label').last().click();
  await page.locator('.pin').first().waitFor();
  await page.waitForLoadState('networkidle');
};

const main = (page: Page) => page.getByRole('main');

/** Every view of the page, and what opens on it. */
export const viewsOf = ({ placeId }: Place, { email }: Account): readonly View[] => [
  {
    name: 'places',
    path: '/',
    arrange: async (page) => {
      await page.locator('.card__name').first().waitFor();
      await page.waitForLoadState('networkidle');
    },
  },
  {
    name: 'places-map',
    path: '/',
    arrange: showMap,
  },
  {
    name: 'places-popup',
    path: '/',
    arrange: async (page) => {
      await showMap(page);
      await page.locator('.pin').first().focus();
      await page.keyboard.press('Enter');
      await page.locator('.popup').waitFor();
    },
  },
  { name: 'places-none', path: '/?near=-47.1,-126.7', arrange: (page) => page.locator('.empty').waitFor() },
  {
    name: 'place',
    path: `/places/${placeId}`,
    arrange: async (page) => {
      await page.locator('.grid img').first().waitFor();
      // Those below are loaded when they are scrolled to.
      await page.waitForFunction(() =>
        [...document.querySelectorAll('img')].every(
          (image) => image.complete || image.getBoundingClientRect().top > innerHeight,
        ),
      );
    },
  },
  {
    name: 'lightbox',
    path: `/places/${placeId}`,
    arrange: async (page) => {
      await page.locator('.grid__button').first().click();
      await page.locator('.lightbox img').waitFor();
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.lightbox img')?.complete);
    },
  },
  {
    name: 'reviews',
    path: `/places/${placeId}`,
    arrange: async (page) => {
      await page.locator('.review__other').first().waitFor();
      await page.locator('.review').first().scrollIntoViewIfNeeded();
    },
  },
  { name: 'place-missing', path: '/places/00000000-0000-4000-8000-000000000000' },
  { name: 'not-found', path: '/nowhere/to/be/found' },
  { name: 'sign-in', path: '/sign-in' },
  {
    name: 'sign-up',
    path: '/sign-up',
    arrange: async (page) => {
      await main(page).locator('button[type=submit]').click();
      await page.locator('.field__problem').first().waitFor();
    },
  },
  {
    name: 'confirm',
    path: '/confirm',
    arrange: async (page) => {
      // As after signing up: the address comes with the history's entry.
      await page.evaluate((address) => history.replaceState({ ...history.state, email: address }, ''), email);
      await page.reload();
      await main(page).getByText(email).waitFor();
    },
  },
  { name: 'forgot-password', path: '/forgot-password' },
  {
    name: 'uploads',
    path: `/places/${placeId}`,
    signedIn: true,
    arrange: async (page) => {
      await page.locator('.upload-panel').waitFor();
      const { buffer } = await photo('river-bridge.jpg');
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles([
          { name: 'interrupted.jpg', mimeType: 'image/jpeg', buffer: buffer.subarray(0, 60_000) },
          { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk') },
        ]);
      await page.locator('.upload--refused').nth(1).waitFor();
      await page.locator('.snackbar').first().waitFor();
    },
  },
  {
    name: 'my-photos',
    path: '/my-photos',
    signedIn: true,
    arrange: (page) => page.locator('.my-photo').first().waitFor(),
  },
  {
    name: 'my-photos-delete',
    path: '/my-photos',
    signedIn: true,
    arrange: async (page) => {
      await page.locator('.my-photo button').first().click();
      await page.locator('dialog[open]').waitFor();
    },
  },
  {
    name: 'review-form',
    path: `/places/${placeId}`,
    signedIn: true,
    arrange: async (page) => {
      await page.locator('.reviews__write').click();
      const form = page.locator('.review-form');
      const notes = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk') };
      await form.locator('input[type=file]').setInputFiles([await photo('park-creek.jpg'), notes]);
      await form.locator('.upload--refused').waitFor();
      await form.locator('button[type=submit]').click();
      await form.locator('.field__problem').first().waitFor();
    },
  },
  {
    name: 'negative-reviews',
    path: '/negative-reviews',
    signedIn: true,
    arrange: (page) => page.locator('.review').first().waitFor(),
  },
  {
    name: 'add-place',
    path: '/add-place',
    signedIn: true,
    arrange: async (page) => {
      await page.locator('.leaflet-container').waitFor();
      await main(page).locator('button[type=submit]').click();
      await page.locator('.field__problem').first().waitFor();
    },
  },
  {
    name: 'account-menu',
    path: '/account',
    signedIn: true,
    arrange: async (page) => {
      await page.locator('.header__account > button').click();
      await page.locator('.header__menu').waitFor();
    },
  },
  {
    name: 'account-delete',
    path: '/account',
    signedIn: true,
    arrange: async (page) => {
      await main(page).locator('.button--danger').first().click();
      await page.locator('dialog[open]').waitFor();
    },
  },
];

/** Goes through the views in their order, signing in on the way. */
export async function walk(
  page: Page,
  views: readonly View[],
  { email, password }: Account,
  look: (view: View) => Promise<void>,
): Promise<void> {
  let isSignedIn = false;
  for (const view of views) {
    if (view.signedIn && !isSignedIn) {
      await page.goto('/sign-in');
      await page.locator('[name=email]').fill(email);
      await page.locator('[name=password]').fill(password);
      await main(page).locator('button[type=submit]').click();
      await page.waitForURL('/');
      isSignedIn = true;
    }
    await page.goto(view.path);
    await main(page).locator('h1').waitFor();
    await view.arrange?.(page);
    await look(view);
  }
}
