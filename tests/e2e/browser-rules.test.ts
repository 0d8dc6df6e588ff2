import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { site } from '../engine-fixture.ts';
import { CheckedVisitor } from './checked-visitor.ts';

/** What a browser would refuse although the servers would not: the page's policy, and the bucket's answers to it. */

const photo = await readFile('samples/photos/park-meadow.jpg');
const origin = new URL(site.siteUrl).origin;

let visitor: CheckedVisitor;
let placeId: string;

beforeAll(async () => {
  visitor = await CheckedVisitor.signUp();
  const place = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
  placeId = (await visitor.post('/locations', place)).body.placeId;
});

const ticket = () => visitor.ticket(placeId, 'image/jpeg', photo.length);

test('the page may connect to exactly the addresses that it is told', async () => {
  const { headers } = await site.fetch(site.siteUrl);
  const policy = headers.get('content-security-policy') ?? '';
  const [, sources = ''] = /connect-src ([^;]*)/.exec(policy) ?? [];
  const { body: config } = await visitor.get('/config');
  const told = [
    (await ticket()).uploadUrl,
    config.cognitoIdpUrl,
    config.cognitoIdentityUrl,
    config.realtimeUrl.replace(/^ws/, 'http'),
  ].map((url) => new URL(url).origin);
  expect(new Set(sources.replace('ws:', 'http:').split(' '))).toEqual(new Set(["'self'", ...told]));
  expect(policy).toContain("img-src 'self' data:;");
  expect(policy).not.toContain('unsafe');
});

test.each([
  ['strict-transport-security', /max-age=31536000/],
  ['x-content-type-options', /^nosniff$/],
  ['referrer-policy', /^strict-origin-when-cross-origin$/],
  ['permissions-policy', /geolocation=\(self\), camera=\(self\), microphone=\(\)/],
  ['x-frame-options', /^DENY$/],
])('%s comes with the page and with the API', async (name, value) => {
  for (const path of ['/', '/api/config'])
    expect((await site.fetch(site.siteUrl + path)).headers.get(name)).toMatch(value);
});

const preflight = (url: string, from: string, headers: string) =>
  site.fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': headers,
    },
  });
const sentByPages = 'content-type,if-none-match,x-amz-meta-correlation-id';

test('a page of the site may upload with the headers that the URL has signed', async () => {
  const { uploadUrl } = await ticket();
  const answer = await preflight(uploadUrl, origin, sentByPages);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase().split(/, */) ?? [];
  expect(allowed).toEqual(expect.arrayContaining(sentByPages.split(',')));
});

test("a stranger's page may not", async () => {
  const { uploadUrl } = await ticket();
  expect((await preflight(uploadUrl, 'https://stranger.example', sentByPages)).status).toBe(403);
});

test('a page reads what became of its upload, also of one that is refused', async () => {
  const { uploadUrl, requiredHeaders } = await ticket();
  const { 'content-length': _, ...headers } = requiredHeaders;
  const put = (changes = {}) =>
    site.fetch(uploadUrl, { method: 'PUT', headers: { ...headers, origin, ...changes }, body: new Uint8Array(photo) });
  const answers = [await put({ 'content-type': 'image/png' }), await put(), await put()];
  expect(answers.map(({ status }) => status)).toEqual([403, 200, 412]);
  for (const answer of answers) expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  expect(answers[1]?.headers.get('access-control-expose-headers')).toMatch(/etag/i);
});
