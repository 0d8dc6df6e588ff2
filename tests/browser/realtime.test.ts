import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { readPhoto } from '../engine-fixture.ts';
import { choose, newAccount, newPlace, photo, photosOn, publish, published, signIn, uploadOf } from './people.ts';
import { desktop, phone, test, Visit } from './stage.ts';

/** From the photo's publication until it stands in another browser's page. */
const mostMs = 2000;

/** Notes when each photo comes into the page. */
const noteArrivals = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const arrivals: Record<string, number> = {};
    Object.assign(window, { arrivals });
    new MutationObserver(() => {
      for (const image of document.querySelectorAll<HTMLImageElement>('main img')) {
        const photoId = /\/photos\/([^/]+)\//.exec(image.src)?.[1];
        if (photoId) arrivals[photoId] ??= Date.now();
      }
    }).observe(document.body, { childList: true, subtree: true });
  });

/** The live region, when it says this. */
const said = (page: Page, message: string) => page.getByRole('status').filter({ hasText: message });

const arrivalsOn = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() => Reflect.get(window, 'arrivals') as Record<string, number>);

describe('two browsers side by side', () => {
  test(`see each other's photos within ${mostMs} ms from their publication, and no other`, async () => {
    const [ada, ben] = await Promise.all([newAccount(), newAccount()]);
    const { placeId } = await newPlace(ada);
    const path = `/places/${placeId}`;
    const [adas, bens] = await Promise.all(
      [
        { account: ada, device: phone },
        { account: ben, device: desktop },
      ].map(async ({ account, device }) => {
        const visit = await Visit.open(device);
        const page = await visit.context.newPage();
        await signIn(page, account, path);
        await page.getByText('No photos yet').waitFor();
        await noteArrivals(page);
        return page;
      }),
    );
    if (!adas || !bens) throw new Error('Two pages');

    /** Uploads on one page. @returns how much later than its publication the photo stood on the other */
    async function share(from: Page, to: Page, name: string, sample: string): Promise<number> {
      const asked = from.waitForResponse((response) => new URL(response.url()).pathname === '/api/images');
      await choose(from, await photo(sample, name));
      const { photoId } = (await (await asked).json()) as { photoId: string };
      const row = await poll('the publication', 20_000, async () => {
        const found = await readPhoto(photoId);
        return found?.objStatus === 'PROCESSED' ? found : undefined;
      });
      const arrivedAt = await poll(
        'the photo on the other page',
        10_000,
        async () => (await arrivalsOn(to))[photoId],
        20,
      );
      await said(to, 'A new photo of Quiet Park has just been published.').waitFor();
      await said(from, `“${name}” is published.`).waitFor();
      await published(from, name);
      // The row's time is taken before it is written: what is measured is rather too long than too short.
      return arrivedAt - Date.parse(row.updatedAt);
    }

    const firstMs = await share(adas, bens, 'ada-1.jpg', 'park-creek.jpg');
    // What is one's own was told of already.
    expect(await said(adas, 'A new photo').count()).toBe(0);
    const elapsedMs = [
      firstMs,
      await share(bens, adas, 'ben-1.jpg', 'garden-pagoda.jpg'),
      await share(adas, bens, 'ada-2.webp', 'cafe-cat.webp'),
    ];
    console.log(`another browser shows a photo ${elapsedMs.join(', ')} ms after its publication`);
    expect(Math.max(...elapsedMs)).toBeLessThan(mostMs);
    for (const page of [adas, bens]) {
      await expect.poll(() => photosOn(page).count()).toBe(3);
    }

    // One that is refused never shows, here nor there; its end is its owner's business alone.
    const { buffer } = await photo('river-bridge.jpg');
    await choose(bens, { name: 'interrupted.jpg', mimeType: 'image/jpeg', buffer: buffer.subarray(0, 60_000) });
    await uploadOf(bens, 'interrupted.jpg').getByText('Not published').waitFor();
    expect(await photosOn(bens).count()).toBe(3);
    expect(await photosOn(adas).count()).toBe(3);
    expect(await adas.getByText('interrupted.jpg').count()).toBe(0);
  });

  test(`lose a photo within ${mostMs} ms from its removal, also where it is shown in large`, async () => {
    const ada = await newAccount();
    const place = await newPlace(ada);
    for (const sample of ['park-creek.jpg', 'park-meadow.jpg']) await publish(ada, place, sample);
    const [adas, bens] = await Promise.all([Visit.open(phone), Visit.open(desktop)]);
    const mine = await adas.context.newPage();
    await signIn(mine, ada, '/my-photos');
    const page = await bens.page(`/places/${place.placeId}`);
    // News are flowing when this one has come.
    await publish(ada, place, 'garden-pagoda.jpg');
    await expect.poll(() => photosOn(page).count()).toBe(3);
    await mine.reload();

    /** Deletes the newest photo on Ada's page. @returns when it was gone there */
    async function remove(): Promise<number> {
      await mine
        .getByRole('button', { name: /^Delete the photo/ })
        .first()
        .click();
      const deleted = mine.waitForResponse((response) => response.request().method() === 'DELETE');
      await mine.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      expect((await deleted).status()).toBe(204);
      return Date.now();
    }
    const large = page.getByRole('dialog', { name: 'Photo, large' });
    const elapsedMs: number[] = [];

    let removedAt = await remove();
    await poll('the photo to leave', 10_000, async () => ((await photosOn(page).count()) === 2 ? true : undefined), 20);
    elapsedMs.push(Date.now() - removedAt);

    await photosOn(page).first().getByRole('button').click();
    await large.getByText('1 of 2').waitFor();
    const first = await large.getByRole('img').getAttribute('src');
    removedAt = await remove();
    await large.getByText('1 of 1').waitFor();
    elapsedMs.push(Date.now() - removedAt);
    expect(await large.getByRole('img').getAttribute('src')).not.toBe(first);
    await said(page, 'The photo that you were looking at has been removed.').waitFor();

    removedAt = await remove();
    await large.waitFor({ state: 'hidden' });
    elapsedMs.push(Date.now() - removedAt);
    await page.getByText('No photos yet').waitFor();
    console.log(`another browser drops a photo ${elapsedMs.join(', ')} ms after its removal`);
    expect(Math.max(...elapsedMs)).toBeLessThan(mostMs);
  });
});
