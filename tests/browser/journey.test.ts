import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { site } from '../engine-fixture.ts';
import {
  choose,
  clientId,
  cognito,
  confirmationCode,
  newAccount,
  newCredentials,
  newPlace,
  photo,
  photosOn,
  publish,
  published,
  somewhere,
} from './people.ts';
import { desktop, phone, test, Visit } from './stage.ts';

/** The refresh token that the page has kept, as IndexedDB has it. */
const storedToken = (page: Page): Promise<string | undefined> =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('happy-path-session');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction('session').objectStore('session').get('current');
          reading.onerror = () => reject(reading.error);
          reading.onsuccess = () => resolve(reading.result?.refreshToken);
        };
      }),
  );

describe.each([
  ['a phone', phone],
  ['a desktop', desktop],
] as const)('on %s', (_, device) => {
  test('a visitor finds a place, shares a photo, sees it published, and deletes it', async () => {
    const resident = await newAccount();
    const { lat, lng } = somewhere();
    const place = await newPlace(resident, { lat, lng }, 'Parc del Molí');
    await newPlace(resident, { lat: lat + 0.02, lng }, 'Jardí Botànic');
    const earlier = await publish(resident, place, 'park-meadow.jpg');

    const visit = await Visit.open({
      ...device,
      geolocation: { latitude: lat + 0.001, longitude: lng },
      permissions: ['geolocation'],
    });
    const page = await visit.page('/');
    const cards = page.getByRole('region', { name: 'List' }).getByRole('listitem');

    // Places: those near, by name, on the map.
    await page.getByRole('button', { name: 'Near me' }).click();
    await page.getByRole('heading', { name: 'Parks near you' }).waitFor();
    await expect.poll(() => cards.allInnerTexts()).toHaveLength(2);
    await cards.first().getByText('Parc del Molí', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('jardi');
    await expect.poll(() => cards.allInnerTexts()).toHaveLength(1);
    await page.getByText('1 of 2 places').waitFor();
    await page.getByRole('searchbox').fill('');
    if (device === phone) await page.getByText('Map', { exact: true }).click();
    await page.getByRole('button', { name: 'Parc del Molí, Park' }).click();
    await page.getByRole('link', { name: 'Photos of this place' }).click();
    await page.getByRole('heading', { name: 'Parc del Molí' }).waitFor();
    await page.getByRole('link', { name: 'All places' }).click();
    await page.getByRole('heading', { name: 'Parks near' }).waitFor();
    await cards.first().getByRole('link').click();

    // A place and its photo, small and large.
    await page.waitForURL(`/places/${place.placeId}`);
    const shown = photosOn(page);
    await expect.poll(() => shown.count()).toBe(1);
    const small = shown.getByRole('img');
    await expect
      .poll(() => small.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth))
      .toBeTruthy();
    expect(await small.getAttribute('width')).toBeTruthy();
    expect(await small.evaluate((image: HTMLImageElement) => image.currentSrc)).toBe(
      `${site.siteUrl}/photos/${earlier}/tile.webp`,
    );
    await shown.getByRole('button').click();
    const lightbox = page.getByRole('dialog', { name: 'Photo, large' });
    await lightbox.getByText('1 of 1').waitFor();
    await page.keyboard.press('Escape');
    await lightbox.waitFor({ state: 'detached' });

    // An account, from where one was.
    const { email, password } = newCredentials();
    await page.getByRole('region', { name: 'Share photos' }).getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('heading', { name: 'Create an account' }).waitFor();
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText('Choose a longer password: at least 12 characters.').waitFor();
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText(`We have sent a code to ${email}.`).waitFor();
    expect(decodeURIComponent(page.url())).not.toContain(email);
    await page.getByLabel('Code').fill(confirmationCode);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForURL(`/places/${place.placeId}`);
    const refreshToken = await storedToken(page);
    expect(refreshToken).toBeTruthy();

    // A photo, from the file to the place.
    await choose(page, await photo('park-creek.jpg', 'creek.jpg'));
    await page.getByText('“creek.jpg” is published.').first().waitFor();
    await published(page, 'creek.jpg');
    await expect.poll(() => shown.count()).toBe(2);
    await shown.first().getByText('New', { exact: true }).waitFor();
    expect(await page.getByRole('status').count()).toBe(1);
    const sources = await shown
      .getByRole('img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src')));
    expect(sources[1]).toContain(earlier);
    const own = /photos\/([^/]+)\//.exec(sources[0] ?? '')?.[1];
    expect(own).toBeDefined();

    // One's own photos: its end.
    await page.getByRole('link', { name: 'My photos' }).click();
    const mine = page.getByRole('list', { name: 'My photos' }).getByRole('listitem');
    await mine.getByText('Published', { exact: true }).waitFor();
    await mine.getByRole('link', { name: 'Parc del Molí' }).waitFor();
    await mine.getByRole('button', { name: /^Delete the photo of Parc del Molí/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
    expect(await mine.count()).toBe(1);
    await mine.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('You have not shared a photo yet').waitFor();
    await mine.waitFor({ state: 'detached' });
    await page.goto(`/places/${place.placeId}`);
    await expect.poll(() => shown.count()).toBe(1);
    const gone = await site.fetch(`${site.siteUrl}/photos/${own}/tile.jpg`);
    expect([403, 404]).toContain(gone.status);

    // Away, and nothing is left.
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByText(`Signed in as ${email}`).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').first().waitFor();
    expect(await storedToken(page)).toBeUndefined();
    const renewal = new InitiateAuthCommand({
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      ClientId: await clientId(),
      AuthParameters: { REFRESH_TOKEN: refreshToken ?? '' },
    });
    await expect
      .poll(() =>
        cognito.send(renewal).then(
          () => 'renewed',
          (error) => error.name,
        ),
      )
      .toBe('NotAuthorizedException');
    await page.getByRole('link', { name: 'My photos' }).click();
    await page.waitForURL('/sign-in?return=/my-photos');
  });
});
