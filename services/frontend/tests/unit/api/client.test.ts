import * as v from 'valibot';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiProblem, api } from '../../../src/api/client.ts';
import { CognitoProblem, session } from '../../../src/session/session.ts';
import { fakeFetch, json } from '../fake-fetch.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const Thing = v.object({ name: v.string() });
const problem = (type: string, status: number, more = {}) =>
  json(
    status,
    { type: `urn:happy-path:problem:${type}`, title: 'No', status, ...more },
    { 'x-correlation-id': 'server-id' },
  );

async function problemOf(work: Promise<unknown>): Promise<ApiProblem> {
  const error = await work.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ApiProblem);
  return error as ApiProblem;
}

it('asks below /api, with a query without what is not given, and with a correlation id', async () => {
  const sent = fakeFetch(() => json(200, { name: 'a' }));
  expect(await api.get('/locations', Thing, { query: { lat: 41.39, cursor: undefined } })).toEqual({ name: 'a' });
  expect(sent[0]?.url).toBe('/api/locations?lat=41.39');
  expect(sent[0]?.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
});

it.each([
  ['GET', '/locations', false],
  ['GET', '/locations/p/photos', false],
  ['GET', '/images/abc', true],
  ['GET', '/me/images', true],
  ['POST', '/locations', true],
  ['DELETE', '/images/abc', true],
])('%s %s carries a token: %s', async (method, path, withToken) => {
  vi.spyOn(session, 'token').mockResolvedValue('token-1');
  const sent = fakeFetch(() => json(200, {}));
  if (method === 'GET') await api.get(path, v.unknown());
  if (method === 'POST') await api.post(path, v.unknown(), {});
  if (method === 'DELETE') await api.delete(path);
  expect(sent[0]?.headers['authorization']).toBe(withToken ? 'Bearer token-1' : undefined);
});

it('tries once more with a renewed token after 401', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('old');
  vi.spyOn(session, 'refresh').mockResolvedValue('new');
  const sent = fakeFetch(({ headers }) =>
    headers['authorization'] === 'Bearer new' ? json(200, { name: 'mine' }) : json(401, { message: 'Unauthorized' }),
  );
  expect(await api.get('/me/images', Thing)).toEqual({ name: 'mine' });
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual(['Bearer old', 'Bearer new']);
  expect(sent[0]?.headers['x-correlation-id']).toBe(sent[1]?.headers['x-correlation-id']);
});

it('does not go on trying when the renewed token is refused, too', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('old');
  vi.spyOn(session, 'refresh').mockResolvedValue('new');
  const sent = fakeFetch(() => json(401, { message: 'Unauthorized' }));
  expect(await problemOf(api.get('/me/images', Thing))).toMatchObject({ type: 'page:unauthorized', status: 401 });
  expect(sent).toHaveLength(2);
});

it('does not renew what nobody has', async () => {
  vi.spyOn(session, 'token').mockResolvedValue(undefined);
  const refresh = vi.spyOn(session, 'refresh');
  fakeFetch(() => json(401, { message: 'Unauthorized' }));
  await problemOf(api.get('/me/images', Thing));
  expect(refresh).not.toHaveBeenCalled();
});

it('tells the stable type of a problem, the broken rules and the id to report', async () => {
  const errors = [{ field: 'lat', rule: 'must be at most 85' }];
  fakeFetch(() => problem('validation', 400, { errors }));
  const found = await problemOf(api.get('/locations', Thing));
  expect(found).toMatchObject({ type: 'urn:happy-path:problem:validation', errors, correlationId: 'server-id' });
  expect(found.temporary).toBe(false);
});

it.each([
  [429, 'page:throttled'],
  [503, 'page:unavailable'],
  [500, 'urn:happy-path:problem:internal'],
])('gives the gateway’s own %s the type %s', async (status, type) => {
  fakeFetch(() => json(status, { message: 'from the gateway' }));
  const found = await problemOf(api.get('/locations', Thing));
  expect(found).toMatchObject({ type, status });
  expect(found.temporary).toBe(true);
});

it('takes a type that it does not know for the status it came with', async () => {
  fakeFetch(() => problem('something-new', 429));
  expect((await problemOf(api.get('/locations', Thing))).type).toBe('page:throttled');
});

it('tells a broken network from a refusal', async () => {
  fakeFetch(() => Promise.reject(new TypeError('Failed to fetch')));
  expect(await problemOf(api.get('/locations', Thing))).toMatchObject({ type: 'page:network', status: 0 });
});

it('asks nothing when the token cannot be renewed for want of a network', async () => {
  vi.spyOn(session, 'token').mockRejectedValue(new CognitoProblem('Network'));
  const sent = fakeFetch(() => json(200, {}));
  expect((await problemOf(api.get('/me/images', Thing))).type).toBe('page:network');
  expect(sent).toHaveLength(0);
});

it('passes on why it was aborted', async () => {
  const stop = new AbortController();
  fakeFetch(({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))));
  const asked = api.get('/locations', Thing, { signal: stop.signal });
  stop.abort(new Error('left'));
  await expect(asked).rejects.toThrow('left');
});

it('refuses an answer of another shape, without repeating ids', async () => {
  fakeFetch(() => json(200, { name: 7 }));
  const found = await problemOf(api.get('/locations/9b1e4c7a2f6d08e35a917c4d', Thing));
  expect(found).toMatchObject({ type: 'page:unexpected', detail: 'GET /locations/…: name' });
});
