import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { site } from '../engine-fixture.ts';
import { CheckedVisitor } from './checked-visitor.ts';

const park = { name: 'Parc de la Ciutadella', type: 'park', lat: 41.3881, lng: 2.186, address: 'Passeig de Picasso' };
const portrait = await readFile('samples/photos/park-meadow.jpg');

let visitor: CheckedVisitor;
let placeId: string;

beforeAll(async () => {
  visitor = await CheckedVisitor.signUp();
  placeId = (await visitor.post('/locations', park)).body.placeId;
});

describe('a photo', () => {
  test('is uploaded, published at its place and served by the site', async () => {
    const photoId = await visitor.upload(placeId, 'image/jpeg', portrait);
    expect(await visitor.outcome(photoId)).toMatchObject({ photoId, placeId, status: 'PROCESSED' });

    const { body } = await visitor.get(`/locations/${placeId}/photos`);
    const photo = body.photos.find((each: { photoId: string }) => each.photoId === photoId);
    expect(photo.renditions.map((each: { kind: string; type: string }) => `${each.kind} ${each.type}`).sort()).toEqual([
      'scaled image/jpeg',
      'scaled image/webp',
      'tile image/jpeg',
      'tile image/webp',
    ]);
    for (const rendition of photo.renditions) {
      const response = await site.fetch(site.siteUrl + rendition.url);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(rendition.type);
      expect(response.headers.get('cache-control')).toContain('max-age=');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const image = await sharp(bytes).metadata();
      expect([image.width, image.height]).toEqual([rendition.width, rendition.height]);
      expect(bytes.length).toBe(rendition.bytes);
    }
  });

  test('carries its correlation id from the request to the published object', async () => {
    const correlationId = 'click-0123456789';
    const query = `placeId=${placeId}&contentType=image/jpeg&contentLength=${portrait.length}`;
    const { body: ticket, headers } = await visitor.get(`/images?${query}`, { 'x-correlation-id': correlationId });
    expect(headers.get('x-correlation-id')).toBe(correlationId);
    expect(await visitor.put(ticket, portrait)).toBe(200);
    await visitor.outcome(ticket.photoId);
    const published = await site.fetch(`${site.siteUrl}/photos/${ticket.photoId}/tile.jpg`);
    expect(published.headers.get('x-amz-meta-correlation-id')).toBe(correlationId);
  });

  test('shows nothing of where or by whom it was taken', async () => {
    const exif = { IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '41/1 23/1 17/1' }, IFD0: { Artist: 'A. Photographer' } };
    const photo = await sharp({ create: { width: 900, height: 700, channels: 3, background: '#487' } })
      .withExif(exif)
      .jpeg()
      .toBuffer();
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const photoId = await visitor.upload(placeId, 'image/jpeg', photo);
    await visitor.outcome(photoId);
    const { body } = await visitor.get(`/locations/${placeId}/photos?limit=1`);
    expect(JSON.stringify(body)).not.toMatch(/owner|gps|latitude|Photographer/i);
    for (const rendition of body.photos[0].renditions) {
      const bytes = Buffer.from(await (await site.fetch(site.siteUrl + rendition.url)).arrayBuffer());
      expect(bytes.includes('Exif') || bytes.includes('Photographer')).toBe(false);
    }
  });

  test('that is not wanted is refused with a reason', async () => {
    const photoId = await visitor.upload(placeId, 'image/jpeg', Buffer.from('not a photo at all'));
    expect(await visitor.outcome(photoId)).toMatchObject({
      status: 'REJECTED',
      reason: 'UNSUPPORTED_TYPE',
      reasonDetail: expect.stringMatching(/JPEG/),
    });
    const gone = await site.fetch(`${site.siteUrl}/photos/${photoId}/tile.jpg`);
    expect(gone.status).toBe(403);
  });

  test('is removed with everything that belongs to it', async () => {
    const photoId = await visitor.upload(placeId, 'image/jpeg', portrait);
    await visitor.outcome(photoId);
    expect((await visitor.delete(`/images/${photoId}`)).status).toBe(204);
    expect((await visitor.get(`/images/${photoId}`)).status).toBe(404);
    const { body } = await visitor.get(`/locations/${placeId}/photos?limit=50`);
    expect(body.photos.map((photo: { photoId: string }) => photo.photoId)).not.toContain(photoId);
    expect((await site.fetch(`${site.siteUrl}/photos/${photoId}/tile.jpg`)).status).toBe(403);
    // Asking again completes a removal that was cut short.
    expect((await visitor.delete(`/images/${photoId}`)).status).toBe(204);
  });

  test('belongs to its owner alone', async () => {
    const photoId = await visitor.upload(placeId, 'image/jpeg', portrait);
    await visitor.outcome(photoId);
    const other = await CheckedVisitor.signUp();
    expect((await other.get(`/images/${photoId}`)).status).toBe(404);
    expect((await other.delete(`/images/${photoId}`)).status).toBe(404);
    expect((await other.get('/me/images')).body).toEqual({ images: [] });
    expect((await visitor.get(`/images/${photoId}`)).body.status).toBe('PROCESSED');
  });
});

describe('places', () => {
  test('are found nearest first, by pages, and by type', async () => {
    // Far from other tests, and from this one on an engine that was kept.
    const centre = { lat: -60 + 50 * Math.random(), lng: -170 + 50 * Math.random() };
    for (const [name, type, offset] of [
      ['far', 'park', 0.02],
      ['near', 'cafe', 0.001],
      ['middle', 'park', 0.01],
    ] as const)
      await visitor.post('/locations', { ...park, name, type, lat: centre.lat + offset, lng: centre.lng });
    const near = `/locations?lat=${centre.lat}&lng=${centre.lng}`;
    // The index of places is eventually consistent.
    const all = await poll('all three places to be found', 5_000, async () => {
      const { body } = await visitor.get(near);
      return body.locations.length === 3 ? body : undefined;
    });
    expect(all.locations.map((place: { name: string }) => place.name)).toEqual(['near', 'middle', 'far']);
    expect(all.cursor).toBeUndefined();
    const first = (await visitor.get(`${near}&limit=2`)).body;
    const second = (await visitor.get(`${near}&limit=2&cursor=${first.cursor}`)).body;
    expect([...first.locations, ...second.locations]).toEqual(all.locations);
    const parks = (await visitor.get(`${near}&type=park&radiusKm=1.5`)).body.locations;
    expect(parks.map((place: { name: string }) => place.name)).toEqual(['middle']);
  });

  test('are added once for one idempotency key', async () => {
    const headers = { 'idempotency-key': 'e2e-the-same-place' };
    const first = await visitor.post('/locations', park, headers);
    const again = await visitor.post('/locations', park, headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    const other = await visitor.post('/locations', { ...park, name: 'Another' }, headers);
    expect(other.status).toBe(409);
    expect((await visitor.get(`/locations/${first.body.placeId}`)).body).toEqual(first.body);
  });

  test('list their photos newest first, by pages', async () => {
    const quiet = (await visitor.post('/locations', { ...park, name: 'Quiet' })).body.placeId;
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push(await visitor.upload(quiet, 'image/jpeg', portrait));
    await Promise.all(ids.map((id) => visitor.outcome(id)));
    const first = (await visitor.get(`/locations/${quiet}/photos?limit=2`)).body;
    const second = (await visitor.get(`/locations/${quiet}/photos?limit=2&cursor=${first.cursor}`)).body;
    const listed = [...first.photos, ...second.photos].map((photo: { photoId: string }) => photo.photoId);
    expect(listed).toEqual(ids.toReversed());
    expect(second.cursor).toBeUndefined();
  });
});

describe('an account', () => {
  test('is removed with all its photos, and its tokens are refused', async () => {
    const leaving = await CheckedVisitor.signUp();
    const ids = await Promise.all([1, 2].map(() => leaving.upload(placeId, 'image/jpeg', portrait)));
    await Promise.all(ids.map((id) => leaving.outcome(id)));
    await poll('both photos to be listed', 5_000, async () =>
      (await leaving.get('/me/images')).body.images.length === 2 ? true : undefined,
    );

    expect((await leaving.delete('/me')).status).toBe(204);
    expect((await leaving.get('/me/images')).body).toEqual({ images: [] });
    for (const id of ids) expect((await site.fetch(`${site.siteUrl}/photos/${id}/scaled.webp`)).status).toBe(403);
    const refused = await leaving.get(`/images?placeId=${placeId}&contentType=image/jpeg&contentLength=10`);
    expect(refused.status).toBe(403);
    expect(refused.body.type).toBe('urn:happy-path:problem:account-deleted');
    expect((await leaving.post('/locations', park)).status).toBe(403);
  });
});

describe('the site', () => {
  test.each(['/', '/places/some-place'])('serves the page at %s', async (path) => {
    const response = await site.fetch(site.siteUrl + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await response.text()).toContain('<title>Happy Path</title>');
  });

  test("passes the API's own errors through", async () => {
    const { status, body } = await new Visitor(site).get('/locations/nowhere');
    expect(status).toBe(404);
    expect(body.type).toBe('urn:happy-path:problem:not-found');
  });

  test('tells a client how to sign in and listen', async () => {
    const { body } = await visitor.get('/config');
    expect(body).toMatchObject({ stage: 'local', region: site.region, realtimeEndpoint: expect.stringMatching(/iot/) });
  });
});
