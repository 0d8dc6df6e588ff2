import { RevokeTokenCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import {
  choose,
  clientId,
  cognito,
  isUpload,
  newAccount,
  newPlace,
  photo,
  published,
  signIn,
  uploadOf,
} from './people.ts';
import { test, Visit } from './stage.ts';

const twoHoursMs = 2 * 60 * 60 * 1000;

/** Counts how often a page asks the user pool for tokens: at signing in, and whenever it renews them. */
function tokenRequestsOf(page: Page): { count: number } {
  const requests = { count: 0 };
  page.on('request', (request) => {
    if (request.headers()['x-amz-target']?.endsWith('.InitiateAuth')) requests.count += 1;
  });
  return requests;
}

/** How much this browser keeps of uploads, whoever's. */
const keptUploads = (page: Page): Promise<{ items: number; files: number }> =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('happy-path-uploads');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction(['items', 'files']);
          const items = reading.objectStore('items').count();
          const files = reading.objectStore('files').count();
          reading.oncomplete = () => {
            opening.result.close();
            resolve({ items: items.result, files: files.result });
          };
        };
      }),
  );

describe('a session', () => {
  test('is renewed when its token has come to its end, or is refused, and nobody notices', async () => {
    const account = await newAccount();
    const { placeId } = await newPlace(account);
    const visit = await Visit.open();
    const page = await visit.context.newPage();
    const tokenRequests = tokenRequestsOf(page);
    await page.clock.install();
    await signIn(page, account, `/places/${placeId}`);
    await choose(page, await photo('park-creek.jpg', 'before.jpg'));
    await published(page, 'before.jpg');
    expect(tokenRequests.count).toBe(1);

    // The device's clock says that the token is old: it is renewed before it is used.
    await page.clock.setSystemTime(Date.now() + twoHoursMs);
    await choose(page, await photo('cafe-cat.webp', 'after.webp'));
    await published(page, 'after.webp');
    expect(tokenRequests.count).toBe(2);

    // The API does not accept it: it is renewed, and the same request repeated.
    visit.allowFailures(/401/);
    let refused: string | undefined;
    await page.route(/\/api\/me\/images/, (route) => {
      const { authorization } = route.request().headers();
      refused ??= authorization;
      if (authorization !== refused) return route.continue();
      return route.fulfill({ status: 401, json: { message: 'Unauthorized' } });
    });
    await page.getByRole('link', { name: 'My photos' }).click();
    await expect.poll(() => page.getByRole('list', { name: 'My photos' }).getByRole('img').count()).toBe(2);
    await expect.poll(() => tokenRequests.count).toBe(3);
    expect(await page.getByRole('region', { name: 'Messages' }).getByText('session').count()).toBe(0);
  });

  test('that was ended elsewhere says so, and leads back after signing in', async () => {
    const account = await newAccount();
    await newPlace(account);
    const visit = await Visit.open();
    const page = await visit.context.newPage();
    // What the page keeps is replaced by a token that is withdrawn: as after a sign-out everywhere.
    await signIn(page, account, '/my-photos');
    await page.getByText('You have not shared a photo yet').waitFor();
    await page.evaluate(
      (refreshToken) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open('happy-path-session');
          opening.onsuccess = () => {
            const store = opening.result.transaction('session', 'readwrite').objectStore('session');
            const reading = store.get('current');
            reading.onsuccess = () => {
              const writing = store.put({ ...reading.result, refreshToken }, 'current');
              writing.onsuccess = () => resolve();
              writing.onerror = () => reject(writing.error);
            };
          };
        }),
      account.refreshToken,
    );
    await cognito.send(new RevokeTokenCommand({ ClientId: await clientId(), Token: account.refreshToken }));
    visit.allowFailures(/400/);
    await page.reload();
    await page.waitForURL('/sign-in?return=/my-photos');
    await page.getByText('Your session has ended. Sign in again to go on.').first().waitFor();
    await page.getByLabel('Email').fill(account.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('Address or password is wrong.').waitFor();
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('/my-photos');
  });

  test('is one for all tabs: who signs out in one has signed out in all', async () => {
    const account = await newAccount();
    const visit = await Visit.open();
    const first = await visit.context.newPage();
    await signIn(first, account, '/my-photos');
    const second = await visit.page('/my-photos');
    await second.getByText('You have not shared a photo yet').waitFor();
    await first.getByRole('button', { name: 'Account' }).click();
    await first.getByRole('button', { name: 'Sign out' }).click();
    await second.waitForURL('/sign-in?return=/my-photos');
    await second.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
  });

  test('leaves no photo to whoever signs in next', async () => {
    const [account, next] = [await newAccount(), await newAccount()];
    const { placeId } = await newPlace(account);
    const visit = await Visit.open();
    const page = await visit.context.newPage();
    await signIn(page, account, `/places/${placeId}`);
    await page.route(isUpload, () => {});
    await choose(page, await photo('park-creek.jpg', 'waiting.jpg'));
    await uploadOf(page, 'waiting.jpg').getByText('Sending').waitFor();
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page
      .getByText('1 photo is waiting. Sign in again to go on uploading; if somebody else signs in, it is removed.')
      .waitFor();
    expect(await keptUploads(page)).toEqual({ items: 1, files: 1 });
    await signIn(page, next, `/places/${placeId}`);
    await expect.poll(() => keptUploads(page)).toEqual({ items: 0, files: 0 });
  });

  test('ends with the account: what was shared is gone, and nobody signs in with it again', async () => {
    const account = await newAccount();
    const { placeId } = await newPlace(account);
    const visit = await Visit.open();
    const page = await visit.context.newPage();
    await signIn(page, account, `/places/${placeId}`);
    await choose(page, await photo('cafe-cat.webp'));
    await published(page, 'cafe-cat.webp');
    await page.route(isUpload, () => {});
    await choose(page, await photo('park-creek.jpg', 'waiting.jpg'));
    await uploadOf(page, 'waiting.jpg').getByText('Sending').waitFor();
    await page.goto('/account');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete my account' }).click();
    await page.getByText('Your account is deleted.').first().waitFor();
    expect(await keptUploads(page)).toEqual({ items: 0, files: 0 });
    await page.goto(`/places/${placeId}`);
    await page.getByText('No photos yet').waitFor();
    visit.allowFailures(/400/);
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill(account.email);
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
  });
});
