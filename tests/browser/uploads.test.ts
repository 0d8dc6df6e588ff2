import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { uploadUrlSeconds } from '@happy-path/aws/s3-upload-url';
import type { PhotoRecord, RejectionReason } from '@happy-path/photos/photo-record';
import { photoKey } from '@happy-path/photos/photo-record';
import type { Page, Route } from 'playwright-core';
import { describe, expect } from 'vitest';
import type { UploadTicket } from '../../local/src/visitor.ts';
import { documents, photosAt, site, tableName } from '../engine-fixture.ts';
import { Network } from './network.ts';
import {
  type Account,
  choose,
  isUpload,
  newAccount,
  newPlace,
  type Place,
  photo,
  photosOn,
  published,
  signIn,
  somewhere,
  uploadOf,
} from './people.ts';
import { phone, screenshot, test, Visit } from './stage.ts';

/** As the bucket answers a page of the site. */
const answer = (route: Route, status: number) =>
  route.fulfill({ status, headers: { 'access-control-allow-origin': '*' }, body: '' });

/** The ticket's own URL, signed for the same upload so long ago that it has expired. */
async function expired({ uploadUrl, requiredHeaders }: UploadTicket): Promise<string> {
  const { origin, pathname } = new URL(uploadUrl);
  const [, Bucket, ...key] = pathname.split('/');
  const { region, credentials } = site;
  const bucket = new S3Client({
    region,
    credentials,
    endpoint: origin,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const upload = new PutObjectCommand({
    Bucket,
    Key: key.join('/'),
    ContentType: requiredHeaders['content-type'],
    ContentLength: Number(requiredHeaders['content-length']),
    IfNoneMatch: '*',
    Metadata: { 'correlation-id': requiredHeaders['x-amz-meta-correlation-id'] ?? '' },
  });
  const signed = new Set(Object.keys(requiredHeaders));
  const url = await getSignedUrl(bucket, upload, {
    expiresIn: uploadUrlSeconds,
    signingDate: new Date(Date.now() - (uploadUrlSeconds + 60) * 1000),
    signableHeaders: signed,
    unhoistableHeaders: signed,
  });
  expect(new URL(url).pathname).toBe(pathname);
  return url;
}

/** Somebody on a place's page, signed in. */
async function atPlace(
  options: Parameters<typeof Visit.open>[0] = {},
): Promise<{ visit: Visit; page: Page; account: Account; place: Place }> {
  const account = await newAccount();
  const place = await newPlace(account);
  const visit = await Visit.open(options);
  const page = await visit.context.newPage();
  await signIn(page, account, `/places/${place.placeId}`);
  return { visit, page, account, place };
}

const myPhotos = async ({ visitor }: Account): Promise<{ photoId: string; status: string }[]> =>
  (await visitor.get('/me/images')).body.images;

/** A PNG that says how large it is, and holds nothing else. */
function pngOf(width: number, height: number): Buffer {
  const png = Buffer.alloc(64);
  png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}

/** What the page says of each reason; every one is in here, or this file is not of the right type. */
const reasonTexts: Record<RejectionReason, string> = {
  UNSUPPORTED_TYPE: 'This is not a JPEG, PNG or WebP photo. Save it as one of these and upload that.',
  UNREADABLE_IMAGE: 'The photo is damaged or incomplete. Save a new copy of it and upload that.',
  IMAGE_TOO_SMALL: 'The photo has too few pixels. Choose a larger one.',
  IMAGE_TOO_LARGE: 'The photo has too many pixels. Upload a smaller copy.',
  FAILED_MODERATION: 'Our check found something in the photo that is not shown here. Choose another photo.',
  NO_PEOPLE_ALLOWED:
    'This place is shown without people, and there seems to be a person in the photo. Take it again with nobody in it.',
  UNSUPPORTED_PLACE_TYPE: 'Places of this kind take no photos yet.',
};

/**
 * Ends a photo as the workflows' RecordFailState and RecordFault do. The workflow that is active refuses for some reasons
 * only, and which one is active is not this suite's to change while others use it. All that the page can tell is real: the
 * row, the table's stream, the push, the API's answer; only who decided is not.
 */
async function end(photoId: string, objStatus: 'REJECTED' | 'FAILED', reason: string): Promise<void> {
  const now = new Date().toISOString();
  await documents.send(
    new UpdateCommand({
      TableName: tableName,
      Key: photoKey(photoId),
      UpdateExpression:
        'SET objStatus = :status, reason = :reason, reasonDetail = :detail, workflow = :workflow, processedAt = :now, updatedAt = :now REMOVE GSI2PK, GSI2SK',
      ConditionExpression: 'objStatus = :open',
      ExpressionAttributeValues: {
        ':status': objStatus,
        ':reason': reason,
        ':detail': 'English of the server',
        ':workflow': 'workflow-v4',
        ':now': now,
        ':open': 'PENDING_UPLOAD' satisfies PhotoRecord['objStatus'],
      },
    }),
  );
}

describe('several uploads at once', () => {
  test('are told apart: good ones are published, bad ones say why, a cancelled one never existed', async () => {
    const { page, account, place } = await atPlace(phone);
    // One never gets through until it is cancelled.
    const held = await photo('garden-pagoda.jpg', 'held.jpg');
    await page.route(isUpload, (route) =>
      route.request().postDataBuffer()?.length === held.buffer.length ? undefined : route.fallback(),
    );
    const { buffer } = await photo('river-bridge.jpg');
    const interrupted = { name: 'interrupted.jpg', mimeType: 'image/jpeg', buffer: buffer.subarray(0, 60_000) };
    const text = { name: 'shopping-list.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk\nbread\n') };
    await choose(page, [held, await photo('park-creek.jpg'), interrupted, text, await photo('cafe-cat.webp')]);

    const overall = page.getByRole('complementary', { name: 'Uploads' });
    await overall.getByText(/^Uploads: \d of 5 sent/).waitFor();
    await published(page, 'park-creek.jpg');
    await published(page, 'cafe-cat.webp');
    await uploadOf(page, 'interrupted.jpg').getByText(reasonTexts.UNREADABLE_IMAGE).waitFor();
    await uploadOf(page, 'shopping-list.jpg').getByText(reasonTexts.UNSUPPORTED_TYPE).waitFor();
    await uploadOf(page, 'held.jpg').getByText('Sending').waitFor();
    await screenshot(page, 'uploads-several-phone');
    await page.getByRole('button', { name: 'Cancel held.jpg' }).click();
    await uploadOf(page, 'held.jpg').getByText('Cancelled').waitFor();
    await expect.poll(() => photosOn(page).count()).toBe(2);
    await expect.poll(() => photosAt(place.placeId)).toHaveLength(2);

    // Two that were published, one that was refused; the text was never sent, and what was cancelled is taken back.
    await expect
      .poll(async () => (await myPhotos(account)).map(({ status }) => status).sort())
      .toEqual(['PROCESSED', 'PROCESSED', 'REJECTED']);
    await overall.getByText('Uploads: 2 were not successful').click();
    await overall.getByRole('button', { name: 'Clear the list' }).click();
    await overall.waitFor({ state: 'detached' });
  });

  test('are refused before they are sent when they break a rule that the page knows', async () => {
    const { page, account } = await atPlace();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const files = [
      { name: 'empty.jpg', buffer: Buffer.alloc(0), says: 'The file is empty.' },
      {
        name: 'huge.jpg',
        buffer: Buffer.alloc(22_000_000, 0xff),
        says: 'The file has 22 MB; at most 20.9 MB are allowed.',
      },
      {
        name: 'iphone.heic',
        buffer: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
        says: 'HEIC photos do not show',
      },
      { name: 'pixel.png', buffer: pngOf(1, 1), says: 'The photo is 1 × 1 pixels; each side needs at least 32.' },
      { name: 'poster.png', buffer: pngOf(10_000, 7_000), says: 'The photo is 10,000 × 7,000 pixels, more than 60' },
      { name: 'panorama.png', buffer: pngOf(31_000, 40), says: 'a side may have at most 30,000' },
    ];
    // Dropped, as from a desktop.
    const names = files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') }));
    const dropped = await page.evaluateHandle((all) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of all) {
        transfer.items.add(new File([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], name));
      }
      return transfer;
    }, names);
    await page.getByRole('group', { name: 'Share photos' }).dispatchEvent('drop', { dataTransfer: dropped });
    for (const { name, says } of files) await uploadOf(page, name).getByText(says).waitFor();
    expect(asked).not.toContain('/api/images');
    expect(await myPhotos(account)).toEqual([]);
  });
});

describe('a photo that the service refuses', () => {
  test('says why in plain words, for every reason there is; one that the service failed on can be tried again', async () => {
    const { page, account, place } = await atPlace();
    await page.route(isUpload, (route) => answer(route, 200));
    const reasons = Object.entries(reasonTexts);
    const { buffer, mimeType } = await photo('garden-pagoda.jpg');
    await choose(
      page,
      [...reasons, 'fault'].map((_, index) => ({ name: `photo-${index}.jpg`, mimeType, buffer })),
    );
    const list = page.locator('.upload-panel').getByRole('listitem');
    await expect.poll(() => list.getByText('Sent. The photo is being checked.').count()).toBe(reasons.length + 1);
    const photos = await myPhotos(account);
    const reached = await Promise.all(
      photos.map(async ({ photoId }, index) => {
        const [reason] = reasons[index] ?? [];
        await end(photoId, reason ? 'REJECTED' : 'FAILED', reason ?? 'SYSTEM_FAULT');
        return reason ?? 'SYSTEM_FAULT';
      }),
    );
    expect(reached).toContain('SYSTEM_FAULT');
    for (const [, says] of reasons) await list.getByText(says).waitFor();
    expect(await page.getByText('English of the server').count()).toBe(0);
    await screenshot(page, 'refused-desktop');

    // The fault was not the photo's: the same file goes through now.
    const failed = list.filter({ hasText: 'Something went wrong on our side; the photo is fine. Try again.' });
    await page.unroute(isUpload);
    await failed.getByRole('button', { name: /^Try photo-\d.jpg again$/ }).click();
    await list.getByText('Published', { exact: true }).waitFor();
    await expect.poll(() => photosAt(place.placeId)).toHaveLength(1);

    // Until the name of the place has come, there are no empty words for it, and no id.
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route(/\/api\/locations\/[^/]+$/, async (route) => {
      await released;
      await route.continue();
    });
    await page.getByRole('link', { name: 'My photos' }).click();
    const mine = page.getByRole('list', { name: 'My photos' });
    await expect.poll(() => mine.getByRole('link', { name: 'a place' }).count()).toBe(reasons.length + 1);
    expect(await mine.getByText(place.placeId).count()).toBe(0);
    await screenshot(page, 'my-photos-unnamed-desktop');
    release();
    await expect.poll(() => mine.getByRole('link', { name: place.name }).count()).toBe(reasons.length + 1);
    for (const [, says] of reasons) await mine.getByText(says).waitFor();
    expect(await mine.getByRole('img').count()).toBe(1);
    await screenshot(page, 'my-photos-refused-desktop');
  });
});

describe('on a bad network', () => {
  test('an upload that breaks off in the middle goes on by itself, once', async () => {
    const network = await Network.open();
    const { visit, page, account, place } = await atPlace({ ...phone, proxy: { server: network.server } });
    visit.allowFailures(/net::ERR_/);
    const inTheMiddle = network.stallUploadsAfter(300_000);
    await choose(page, [await photo('park-dandelions.jpg', 'slow.jpg'), await photo('cafe-cat.webp', 'next.webp')]);
    const slow = uploadOf(page, 'slow.jpg');
    await inTheMiddle;
    await slow.getByText('Sending').waitFor();
    network.cut();
    await visit.context.setOffline(true);
    await slow.getByText('No network. Goes on by itself').waitFor();
    await screenshot(page, 'offline-phone');
    network.restore();
    await visit.context.setOffline(false);
    await published(page, 'slow.jpg');
    await published(page, 'next.webp');
    await expect.poll(() => photosOn(page).count()).toBe(2);
    expect(await photosAt(place.placeId)).toHaveLength(2);
    // A ticket that was lost with the network stays unused, and expires.
    const statuses = (await myPhotos(account)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 'PENDING_UPLOAD')).toEqual(['PROCESSED', 'PROCESSED']);
  });

  test('an upload on a network that has gone silent says so, and goes on when it is back', async () => {
    const network = await Network.open();
    const { visit, page, place } = await atPlace({ ...phone, proxy: { server: network.server } });
    visit.allowFailures(/net::ERR_/);
    const inTheMiddle = network.stallUploadsAfter(300_000);
    await choose(page, await photo('park-dandelions.jpg', 'slow.jpg'));
    const slow = uploadOf(page, 'slow.jpg');
    await inTheMiddle;
    // The device still believes in its network: nothing breaks, and nothing gets through.
    await slow.getByText('Waiting for the network: it is slow, or gone.').waitFor();
    await screenshot(page, 'stalled-phone');
    // Its connection would stay open for a minute.
    await visit.context.setOffline(true);
    await slow.getByText('No network. Goes on by itself').waitFor();
    network.restore();
    await visit.context.setOffline(false);
    await published(page, 'slow.jpg');
    expect(await photosAt(place.placeId)).toHaveLength(1);
  });

  test('an upload whose tab is closed goes on in the next one, whatever page that is', async () => {
    const { visit, page, account, place } = await atPlace();
    await page.route(isUpload, () => {});
    await choose(page, await photo('park-creek.jpg', 'creek.jpg'));
    await uploadOf(page, 'creek.jpg').getByText('Sending').waitFor();
    await page.close();
    const next = await visit.page('/');
    await next.getByText('“creek.jpg” is published.').first().waitFor();
    await next.getByRole('button', { name: 'Show the place' }).click();
    await next.waitForURL(`/places/${place.placeId}`);
    await expect.poll(() => photosOn(next).count()).toBe(1);
    expect((await myPhotos(account)).map(({ status }) => status)).toEqual(['PROCESSED']);
  });

  test('a URL that has expired is replaced by a fresh one', async () => {
    const { visit, page, account, place } = await atPlace();
    visit.allowFailures(/403/);
    const isTicket = (url: URL) => url.pathname === '/api/images';
    // As if the phone had slept in between: the bucket itself refuses it.
    await page.route(
      isTicket,
      async (route) => {
        const { status, body: ticket } = await account.visitor.get(route.request().url().split('/api')[1] ?? '');
        await route.fulfill({ status, json: { ...ticket, uploadUrl: await expired(ticket) } });
      },
      { times: 1 },
    );
    const asked: string[] = [];
    const answers: string[] = [];
    page.on('response', async (response) => {
      const url = new URL(response.url());
      if (isTicket(url)) asked.push(response.request().method());
      if (isUpload(url) && response.request().method() === 'PUT') answers.push(`${response.status()}`);
    });
    await choose(page, await photo('park-creek.jpg', 'creek.jpg'));
    await published(page, 'creek.jpg');
    expect(answers).toEqual(['403', '200']);
    expect(asked).toEqual(['GET', 'GET']);
    expect(await photosAt(place.placeId)).toHaveLength(1);
    expect((await myPhotos(account)).map(({ status }) => status)).toEqual(['PROCESSED']);
  });

  test('an outcome whose push is lost is found by asking', async () => {
    const { visit, page } = await atPlace();
    visit.allowFailures(/WebSocket/);
    let dialled = 0;
    await visit.context.routeWebSocket(/mqtt/, (socket) => {
      dialled += 1;
      return socket.close();
    });
    await page.reload();
    const { buffer } = await photo('river-bridge.jpg');
    await choose(page, [
      await photo('park-creek.jpg', 'creek.jpg'),
      { name: 'interrupted.jpg', mimeType: 'image/jpeg', buffer: buffer.subarray(0, 60_000) },
    ]);
    await published(page, 'creek.jpg');
    await uploadOf(page, 'interrupted.jpg').getByText(reasonTexts.UNREADABLE_IMAGE).waitFor();
    expect(dialled).toBeGreaterThan(0);
    // What one has just published is also shown.
    await expect.poll(() => photosOn(page).count(), { timeout: 5000 }).toBe(1);
  });
});

describe('hostile names', () => {
  test('are shown as text, wherever they come', async () => {
    const name = '<img src=x onerror=alert(1)>{{7*7}}<b>';
    const address = '"><script>alert(2)</script>';
    const fileName = '<svg onload=alert(3)>{{7*7}}.jpg';
    const account = await newAccount();
    const { lat, lng } = somewhere();
    const place = await newPlace(account, { lat, lng }, name, address);
    const visit = await Visit.open();
    const page = await visit.context.newPage();
    await signIn(page, account, `/places/${place.placeId}`);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await expect.poll(() => page.title()).toContain(name);
    await page.getByText(address).waitFor();
    await choose(page, await photo('park-creek.jpg', fileName));
    await page.getByText(`“${fileName}” is published.`).first().waitFor();
    await published(page, fileName);
    await expect.poll(() => photosOn(page).getByRole('img').getAttribute('alt')).toContain(name);
    await page.getByRole('link', { name: 'My photos' }).click();
    await page.getByRole('listitem').getByRole('link', { name }).waitFor();
    await page.getByRole('button', { name: `Delete the photo of ${name}` }).waitFor();
    await page.goto(`/?near=${lat},${lng}`);
    await page.getByRole('region', { name: 'List' }).getByText(name).waitFor();
    await page.getByRole('button', { name: `${name}, Park` }).click();
    await page.locator('.popup').getByText(name).waitFor();
    // What none of them made: an element, or a script that ran (a dialog fails every test).
    expect(await page.locator('img[src=x], svg[onload], main b').count()).toBe(0);
  });
});
