import type { Locator, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { choose, newAccount, newPlace, photo, photosOn, publish, published, signIn, somewhere } from './people.ts';
import { phone, screenshot, test, Visit } from './stage.ts';

/** Enough for any page here. */
const mostTabs = 60;

/** Whether an element, or what stands for it, is marked as having the focus. */
const isMarked = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => {
    // A radio button or a file input is too small to be seen: its label, or what follows it, is marked instead.
    const standsFor = [element, element.nextElementSibling, element.closest('label')];
    return standsFor.some((each) => {
      if (!each) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    });
  });

/** Goes on with Tab until the target has the focus; that can be seen all the way. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let tabs = 0; tabs < mostTabs; tabs++) {
    await page.keyboard.press(key);
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    if (!(await isMarked(focused)))
      throw new Error(`Nothing marks ${await focused.evaluate((each) => each.outerHTML.slice(0, 120))}`);
    if (await target.evaluate((element) => element === document.activeElement)) {
      // Bars and switches that stay where they are must not cover it (WCAG 2.2, 2.4.11).
      const isCovered = await focused.evaluate((element) => {
        const { left, top, width, height } = (element.closest('label') ?? element).getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        return !hit || (!(element.closest('label') ?? element).contains(hit) && !hit.contains(element));
      });
      if (isCovered) throw new Error(`Covered: ${await focused.evaluate((each) => each.outerHTML.slice(0, 120))}`);
      return;
    }
  }
  throw new Error(`${mostTabs} tabs do not lead to ${target}`);
}

describe('with the keyboard alone', () => {
  test('a visitor does everything, and always sees where the focus is', async () => {
    const account = await newAccount();
    const { lat, lng } = somewhere();
    const place = await newPlace(account, { lat, lng }, 'Parc del Molí');
    await publish(account, place, 'cafe-cat.webp');
    await publish(account, place, 'garden-pagoda.jpg');
    const visit = await Visit.open({ reducedMotion: 'reduce' });
    visit.allowFailures(/status of 400/);
    const creek = await photo('park-creek.jpg', 'creek.jpg');
    const page = await visit.page(`/?near=${lat},${lng}`);
    page.on('filechooser', (chooser) => void chooser.setFiles(creek));
    const press = (key: string) => page.keyboard.press(key);

    // Past the header, to what matters; from the map and its popup to the place.
    await press('Tab');
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Skip to content');
    await screenshot(page, 'skip-link-desktop');
    await press('Enter');
    await tabTo(page, page.getByRole('searchbox'));
    await page.keyboard.type('moli');
    await press('Enter');
    await page.getByText('1 of 1 place').waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Parc del Molí, Park' }));
    await press('Enter');
    await page.getByRole('link', { name: 'Photos of this place' }).waitFor();
    await press('Escape');
    await tabTo(page, page.getByRole('link', { name: /Parc del Molí/ }), 'Shift+Tab');
    await press('Enter');
    await page.waitForURL(`/places/${place.placeId}`);
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Parc del Molí');

    // Photos: the focus comes back to the one that was seen last.
    const photos = photosOn(page);
    await tabTo(page, photos.first().getByRole('button'));
    await press('Enter');
    await page.getByRole('dialog').getByText('1 of 2').waitFor();
    await press('ArrowRight');
    await page.getByRole('dialog').getByText('2 of 2').waitFor();
    await press('Escape');
    await expect
      .poll(() =>
        photos
          .nth(1)
          .getByRole('button')
          .evaluate((each) => each === document.activeElement),
      )
      .toBe(true);

    // An account's session.
    const share = page.getByRole('region', { name: 'Share photos' });
    await tabTo(page, share.getByRole('link', { name: 'Sign in' }), 'Shift+Tab');
    await press('Enter');
    await page.waitForURL(/sign-in/);
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Sign in');
    await tabTo(page, page.getByLabel('Email'));
    await page.keyboard.type(account.email);
    await press('Enter');
    await page.getByRole('alert').waitFor();
    await tabTo(page, page.getByLabel('Password'));
    await page.keyboard.type(account.password);
    await press('Enter');
    await page.waitForURL(`/places/${place.placeId}`);
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Parc del Molí');

    // A photo to share.
    await tabTo(page, page.getByLabel('Choose photos'));
    await press('Enter');
    await published(page, 'creek.jpg');
    const message = page.getByRole('region', { name: 'Messages' });
    await tabTo(page, message.getByRole('button', { name: 'OK' }));
    await press('Enter');
    await message.waitFor({ state: 'detached' });
    await tabTo(page, page.getByRole('button', { name: 'Remove creek.jpg from the list' }), 'Shift+Tab');
    await press('Enter');
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Uploads');

    // A review, with its stars by the arrows, and its removal.
    const write = page.getByRole('button', { name: 'Write a review' });
    await tabTo(page, write);
    await press('Enter');
    await expect.poll(() => page.locator(':focus').getAttribute('name')).toBe('rating');
    await press('Space');
    for (let stars = 1; stars < 4; stars++) await press('ArrowRight');
    await tabTo(page, page.getByLabel('What was it like?'));
    await page.keyboard.type('Quiet in the morning.');
    await tabTo(page, page.getByRole('button', { name: 'Post the review' }));
    await press('Enter');
    const review = page.getByRole('article').filter({ hasText: 'Quiet in the morning.' });
    await review.getByText('4 of 5 stars').waitFor();
    await expect.poll(() => write.evaluate((each) => each === document.activeElement)).toBe(true);
    await tabTo(page, review.getByRole('button', { name: 'Delete your review' }));
    await press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
    await press('Enter');
    await review.waitFor({ state: 'detached' });
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Reviews');

    // One's own photos.
    await tabTo(page, page.getByRole('link', { name: 'My photos' }), 'Shift+Tab');
    await press('Enter');
    const mine = page.getByRole('list', { name: 'My photos' }).getByRole('listitem');
    await expect.poll(() => mine.count()).toBe(3);
    await tabTo(page, mine.first().getByRole('button'));
    await press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect
      .poll(() =>
        mine
          .first()
          .getByRole('button')
          .evaluate((each) => each === document.activeElement),
      )
      .toBe(true);
    await press('Enter');
    await tabTo(page, dialog.getByRole('button', { name: 'Delete' }));
    await press('Enter');
    await expect.poll(() => mine.count()).toBe(2);
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('My photos');

    // Away.
    const menu = page.getByRole('button', { name: 'Account' });
    await tabTo(page, menu, 'Shift+Tab');
    await press('Enter');
    await press('Escape');
    expect(await menu.evaluate((each) => each === document.activeElement)).toBe(true);
    await press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Sign out' }));
    await press('Enter');
    await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
  });
});

describe('while a photo fills the screen', () => {
  test('what is told is read, shown and answered there', async () => {
    const account = await newAccount();
    const place = await newPlace(account);
    await publish(account, place, 'cafe-cat.webp');
    const visit = await Visit.open(phone);
    const page = await visit.context.newPage();
    await signIn(page, account, `/places/${place.placeId}`);
    const { buffer } = await photo('river-bridge.jpg');
    await choose(page, [
      { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk') },
      { name: 'interrupted.jpg', mimeType: 'image/jpeg', buffer: buffer.subarray(0, 60_000) },
    ]);
    await photosOn(page).getByRole('button').click();
    const dialog = page.getByRole('dialog');
    const messages = dialog.getByRole('region', { name: 'Messages' });
    await messages.getByText('interrupted.jpg').waitFor();
    await dialog.getByRole('status').filter({ hasText: 'interrupted.jpg' }).waitFor();
    await screenshot(page, 'lightbox-messages-phone');

    // One at a time on a phone; none is lost.
    expect(await messages.getByRole('button', { name: 'Dismiss' }).count()).toBe(1);
    await messages.getByRole('button', { name: '1 more message' }).click();
    await messages.getByText('notes.jpg').waitFor();
    await tabTo(page, messages.getByRole('button', { name: 'Dismiss' }).last());
    await page.keyboard.press('Enter');
    await messages.getByText('interrupted.jpg').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Messages' }).getByText('notes.jpg').waitFor();
    await screenshot(page, 'messages-phone');
  });
});

describe('with reduced motion', () => {
  test('nothing moves: not what opens, not what arrives, not the map', async () => {
    const account = await newAccount();
    const { lat, lng } = somewhere();
    const place = await newPlace(account, { lat, lng });
    await publish(account, place, 'cafe-cat.webp');
    const visit = await Visit.open({ reducedMotion: 'reduce' });
    const page = await visit.page(`/?near=${lat},${lng}`);
    // Notes whatever moves for longer than a blink.
    await page.evaluate(() => {
      const moved: string[] = [];
      Object.assign(window, { moved });
      const look = () => {
        for (const animation of document.getAnimations()) {
          const { duration } = animation.effect?.getComputedTiming() ?? {};
          const target =
            animation.effect instanceof KeyframeEffect ? animation.effect.target?.outerHTML.slice(0, 80) : '';
          if (Number(duration) > 20) moved.push(`${duration} ms: ${target}`);
        }
        requestAnimationFrame(look);
      };
      look();
    });
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.getByRole('link', { name: /Quiet Park/ }).click();
    await photosOn(page).getByRole('button').click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await publish(account, place, 'park-creek.jpg');
    await photosOn(page).getByText('New', { exact: true }).waitFor();
    expect(await page.evaluate(() => Reflect.get(window, 'moved'))).toEqual([]);
  });
});
