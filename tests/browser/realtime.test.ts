import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { readPhoto } from '../engine-fixture.ts';
import { choose, newAccount, newPlace, photo, photosOn, published, signIn, uploadOf } from './people.ts';
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
});
