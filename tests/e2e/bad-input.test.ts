import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UploadTicket } from '../../local/src/visitor.ts';
import { readPhoto, s3, site, uploadBucket } from '../engine-fixture.ts';
import { CheckedVisitor } from './checked-visitor.ts';

const park = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
const photo = Buffer.alloc(1000, 7);

let visitor: CheckedVisitor;
let placeId: string;

beforeAll(async () => {
  visitor = await CheckedVisitor.signUp();
  placeId = (await visitor.post('/locations', park)).body.placeId;
});

describe('authorization', () => {
  const privateRoutes = [
    ['POST', '/locations'],
    ['GET', '/images'],
    ['GET', `/images/${'0'.repeat(32)}`],
    ['DELETE', `/images/${'0'.repeat(32)}`],
    ['GET', '/me/images'],
    ['DELETE', '/me'],
  ] as const;

  test.each(privateRoutes)('%s %s needs a token', async (method, path) => {
    expect((await new CheckedVisitor(site).send(method, path)).status).toBe(401);
  });

  test.each(privateRoutes)('%s %s refuses a tampered token', async (method, path) => {
    const [header, payload = '', signature] = (visitor.token ?? '').split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url');
    const answer = await new CheckedVisitor(site, `${header}.${forged}.${signature}`).send(method, path);
    expect(answer.status).toBe(401);
  });

  test('a token that is none is refused', async () => {
    expect((await new CheckedVisitor(site, 'garbage').get('/me/images')).status).toBe(401);
  });
});

describe('a request that breaks a rule names the field', () => {
  test.each([
    ['/locations?lng=2', 'lat'],
    ['/locations?lat=41', 'lng'],
    ['/locations?lat=&lng=2', 'lat'],
    ['/locations?lat=91&lng=2', 'lat'],
    ['/locations?lat=NaN&lng=2', 'lat'],
    ['/locations?lat=0x10&lng=2', 'lat'],
    ['/locations?lat=1&lng=1e2', 'lng'],
    ['/locations?lat=1&lng=2&radiusKm=26', 'radiusKm'],
    ['/locations?lat=1&lng=2&radiusKm=-1', 'radiusKm'],
    ['/locations?lat=1&lng=2&type=volcano', 'type'],
    ['/locations?lat=1&lng=2&limit=0', 'limit'],
    ['/locations?lat=1&lng=2&limit=101', 'limit'],
    ['/locations?lat=1&lng=2&cursor=garbage', 'cursor'],
    ['/locations?lat=1&lng=2&surprise=1', 'surprise'],
    ['/locations/UPPER', 'placeId'],
    [`/locations/${'a'.repeat(65)}`, 'placeId'],
    ['/locations/x/photos?limit=51', 'limit'],
    ['/locations/x/photos?cursor=eyJhIjoxfQ', 'cursor'],
    ['/images', 'placeId'],
    ['/images?placeId=x&contentType=image/gif&contentLength=1', 'contentType'],
    ['/images?placeId=x&contentType=image/jpeg&contentLength=0', 'contentLength'],
    ['/images?placeId=x&contentType=image/jpeg&contentLength=20971521', 'contentLength'],
    ['/images?placeId=x&contentType=image/jpeg&contentLength=1.5', 'contentLength'],
    ['/images/not-an-id', 'photoId'],
    ['/me/images?cursor=garbage', 'cursor'],
  ])('GET %s: %s', async (path, field) => {
    const { status, body } = await visitor.get(path);
    expect(status).toBe(400);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  test.each([
    ['no JSON', 'not json', 'body'],
    ['an array', [], 'body'],
    ['null', null, 'body'],
    ['no name', { ...park, name: undefined }, 'name'],
    ['a blank name', { ...park, name: '   ' }, 'name'],
    ['a number for a name', { ...park, name: 7 }, 'name'],
    ['a long name', { ...park, name: 'x'.repeat(121) }, 'name'],
    ['control characters', { ...park, name: 'a\u0000b' }, 'name'],
    ['a directional override', { ...park, name: 'a\u202eb' }, 'name'],
    ['an unknown type', { ...park, type: 'volcano' }, 'type'],
    ['text for a latitude', { ...park, lat: '41' }, 'lat'],
    ['a latitude beyond the pole', { ...park, lat: 90.1 }, 'lat'],
    ['no longitude', { ...park, lng: undefined }, 'lng'],
    ['a long address', { ...park, address: 'x'.repeat(201) }, 'address'],
    ['an unknown field', { ...park, owner: 'me' }, 'owner'],
    ['a large body', { ...park, address: 'x'.repeat(9000) }, 'body'],
  ])('POST /locations with %s', async (_, body, field) => {
    const answer = await visitor.post('/locations', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  test('a hostile name is stored and shown as text', async () => {
    const name = '<script>alert(1)</script> "Робот" \'; DROP TABLE 🌳';
    const { status, body } = await visitor.post('/locations', { ...park, name });
    expect(status).toBe(201);
    expect((await visitor.get(`/locations/${body.placeId}`)).body.name).toBe(name);
  });

  test('a place that does not exist takes no photos', async () => {
    const answer = await visitor.get('/images?placeId=nowhere&contentType=image/jpeg&contentLength=10');
    expect(answer.status).toBe(404);
  });
});

describe('an upload that breaks its terms is refused and nothing is stored', () => {
  const violations: Record<
    string,
    (ticket: UploadTicket) => [url: string, headers: Record<string, string>, body: Buffer]
  > = {
    'another type': (ticket) => [ticket.uploadUrl, { ...headersOf(ticket), 'content-type': 'image/png' }, photo],
    'no type': (ticket) => [ticket.uploadUrl, without(headersOf(ticket), 'content-type'), photo],
    'more bytes': (ticket) => [ticket.uploadUrl, headersOf(ticket), Buffer.alloc(1001, 7)],
    'fewer bytes': (ticket) => [ticket.uploadUrl, headersOf(ticket), Buffer.alloc(999, 7)],
    'another key': (ticket) => [ticket.uploadUrl.replace(ticket.photoId, 'f'.repeat(32)), headersOf(ticket), photo],
    'overwriting allowed': (ticket) => [ticket.uploadUrl, without(headersOf(ticket), 'if-none-match'), photo],
    'another correlation id': (ticket) => [
      ticket.uploadUrl,
      { ...headersOf(ticket), 'x-amz-meta-correlation-id': 'somebody-elses' },
      photo,
    ],
    'a longer life': (ticket) => [
      ticket.uploadUrl.replace('X-Amz-Expires=300', 'X-Amz-Expires=30000'),
      headersOf(ticket),
      photo,
    ],
    'no signature': (ticket) => [ticket.uploadUrl.split('?')[0] ?? '', headersOf(ticket), photo],
  };

  test.each(Object.entries(violations))('%s', async (_, violate) => {
    const ticket = await visitor.ticket(placeId, 'image/jpeg', photo.length);
    const [url, headers, body] = violate(ticket);
    const response = await site.fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
    expect(response.status).toBe(403);
    expect(await versionsOf(ticket.photoId)).toEqual([]);
    expect(await versionsOf('f'.repeat(32))).toEqual([]);
    expect(await readPhoto(ticket.photoId)).toMatchObject({ objStatus: 'PENDING_UPLOAD' });
  });

  test('a second upload with the same URL', async () => {
    const ticket = await visitor.ticket(placeId, 'image/jpeg', photo.length);
    expect(await visitor.put(ticket, photo)).toBe(200);
    expect(await visitor.put(ticket, Buffer.alloc(1000, 8))).toBe(412);
    expect(await versionsOf(ticket.photoId)).toHaveLength(1);
    await visitor.outcome(ticket.photoId);
  });

  test('an expired URL', async () => {
    const key = `uploads/${'e'.repeat(32)}`;
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: uploadBucket, Key: key }), {
      expiresIn: 300,
      signingDate: new Date(Date.now() - 301_000),
    });
    expect((await site.fetch(url, { method: 'PUT', body: new Uint8Array(photo) })).status).toBe(403);
    expect(await versionsOf('e'.repeat(32))).toEqual([]);
  });
});

/** What a browser sends: it sets Content-Length itself. */
const headersOf = ({ requiredHeaders }: UploadTicket) => without(requiredHeaders, 'content-length');

function without(headers: Record<string, string>, name: string): Record<string, string> {
  const { [name]: _, ...rest } = headers;
  return rest;
}

async function versionsOf(photoId: string) {
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: uploadBucket, Prefix: `uploads/${photoId}` }),
  );
  return Versions;
}
