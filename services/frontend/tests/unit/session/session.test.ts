import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clearStoredSession, readStoredSession, writeStoredSession } from '../../../src/session/session-store.ts';
import { fakeFetch, json, type SentRequest } from '../fake-fetch.ts';
import { fakeLocks } from '../fake-locks.ts';
import { testConfig } from '../test-config.ts';

type Session = typeof import('../../../src/session/session.ts');

const start = new Date('2026-06-14T10:00:00Z');
const claimsWith = (more = {}) => btoa(JSON.stringify({ sub: 'sub-1', email: 'ana@example.com', ...more }));
const tokens = (number: number, refreshToken?: string, claims = claimsWith()) =>
  json(200, {
    AuthenticationResult: {
      AccessToken: `access-${number}`,
      IdToken: `header.${claims}.signature`,
      ExpiresIn: 3600,
      ...(refreshToken !== undefined && { RefreshToken: refreshToken }),
    },
  });
const refusal = (code: string) => json(400, { __type: code, message: 'No' });
const operation = ({ headers }: SentRequest) => headers['x-amz-target']?.split('.')[1];
const flow = ({ body }: SentRequest) => JSON.parse(body ?? '{}').AuthFlow;

/** A page that has just been opened: nothing in memory. */
async function openPage(): Promise<Session> {
  vi.resetModules();
  const { setRuntimeConfig } = await import('../../../src/runtime-config.ts');
  setRuntimeConfig(testConfig);
  return import('../../../src/session/session.ts');
}

async function signedIn(): Promise<Session> {
  fakeFetch(() => tokens(1, 'refresh-1'));
  const page = await openPage();
  await page.session.signIn('ana@example.com', 'a long password');
  return page;
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  fakeLocks();
  await clearStoredSession();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);

it('signs in with the public operations of the user pool', async () => {
  const sent = fakeFetch(() => tokens(1, 'refresh-1'));
  const { session, useSession } = await openPage();
  await session.signIn('ana@example.com', 'a long password');
  expect(sent.map(operation)).toEqual(['InitiateAuth']);
  expect(sent[0]?.url).toBe('https://cognito.example.com/');
  expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
    ClientId: 'client-1',
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ana@example.com', PASSWORD: 'a long password' },
  });
  expect(useSession().user.value).toEqual({ sub: 'sub-1', email: 'ana@example.com', groups: [] });
  expect(useSession().isManager.value).toBe(false);
  expect(await session.token()).toBe('access-1');
});

it('keeps the refresh token in IndexedDB, and neither ID nor access token anywhere', async () => {
  await signedIn();
  expect(await readStoredSession()).toEqual({
    refreshToken: 'refresh-1',
    sub: 'sub-1',
    email: 'ana@example.com',
    groups: [],
  });
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toMatch(/access-1|refresh-1/);
});

it('takes up a kept session without a request, and renews when a token is needed', async () => {
  await signedIn();
  const sent = fakeFetch(() => tokens(2));
  const { session, useSession } = await openPage();
  await session.restore();
  expect(useSession().signedIn.value).toBe(true);
  expect(sent).toHaveLength(0);
  expect(await session.token()).toBe('access-2');
  expect(sent.map(flow)).toEqual(['REFRESH_TOKEN_AUTH']);
});

it('uses a token until shortly before it ends, then renews it', async () => {
  const { session } = await signedIn();
  const sent = fakeFetch(() => tokens(2));
  pass(57);
  expect(await session.token()).toBe('access-1');
  pass(2);
  expect(await session.token()).toBe('access-2');
  expect(sent).toHaveLength(1);
});

it('renews once for all who ask at the same time', async () => {
  const { session } = await signedIn();
  const sent = fakeFetch(() => tokens(2));
  pass(61);
  expect(await Promise.all([session.token(), session.token(), session.refresh()])).toEqual([
    'access-2',
    'access-2',
    'access-2',
  ]);
  expect(sent).toHaveLength(1);
});

it('knows a manager by the group in the token, also when the page is opened again', async () => {
  const asManager = claimsWith({ 'cognito:groups': ['staff', 'managers'] });
  fakeFetch(() => tokens(1, 'refresh-1', asManager));
  const first = await openPage();
  await first.session.signIn('ana@example.com', 'a long password');
  expect(first.useSession().isManager.value).toBe(true);
  const { session, useSession } = await openPage();
  await session.restore();
  expect(useSession().isManager.value).toBe(true);
});

it('learns with each token which groups somebody has come into or left', async () => {
  const { session, useSession } = await signedIn();
  fakeFetch(() => tokens(2, undefined, claimsWith({ 'cognito:groups': ['managers'] })));
  await session.refresh();
  expect(useSession().isManager.value).toBe(true);
  expect(await readStoredSession()).toMatchObject({ refreshToken: 'refresh-1', groups: ['managers'] });
  fakeFetch(() => tokens(3));
  await session.refresh();
  expect(useSession().isManager.value).toBe(false);
  expect((await readStoredSession())?.groups).toEqual([]);
});

it('keeps a rotated refresh token', async () => {
  const { session } = await signedIn();
  fakeFetch(() => tokens(2, 'refresh-2'));
  await session.refresh();
  expect((await readStoredSession())?.refreshToken).toBe('refresh-2');
});

it('renews in two tabs at once, though each refresh token is taken once', async () => {
  const first = await signedIn();
  const second = await openPage();
  await second.session.restore();
  let valid = 1;
  const sent = fakeFetch(async ({ body }) => {
    const token = JSON.parse(body ?? '{}').AuthParameters.REFRESH_TOKEN;
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (token !== `refresh-${valid}`) return refusal('NotAuthorizedException');
    valid += 1;
    return tokens(valid, `refresh-${valid}`);
  });
  expect(await Promise.all([first.session.refresh(), second.session.refresh()])).toEqual(['access-2', 'access-3']);
  expect(sent).toHaveLength(2);
  expect([first.useSession().signedIn.value, second.useSession().signedIn.value]).toEqual([true, true]);
  expect((await readStoredSession())?.refreshToken).toBe('refresh-3');
  // The first tab goes on with what the second has got.
  expect(await first.session.refresh()).toBe('access-4');
});

describe('a network that does not answer', () => {
  /** What ends each wait of so many milliseconds, in order. */
  let waits: { ms: number; end: () => void }[];
  const endAfter = (ms: number) => waits.filter((wait) => wait.ms === ms).map(({ end }) => end);

  beforeEach(() => {
    waits = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      waits.push({ ms, end: () => controller.abort(new DOMException('Too late', 'TimeoutError')) });
      return controller.signal;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  const silent = () =>
    fakeFetch(
      ({ signal }) =>
        new Promise((_, reject) => {
          if (signal?.aborted) reject(signal.reason);
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    );

  it('keeps no tab waiting for the others longer than 20 seconds', async () => {
    const tabs = [await signedIn(), await openPage(), await openPage()];
    for (const tab of tabs) await tab.session.restore();
    const sent = silent();
    const ends = tabs.map(({ session }) => session.refresh().catch(({ code }) => code));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    for (const end of endAfter(20_000).slice(1)) end();
    expect(await Promise.all(ends.slice(1))).toEqual(['Network', 'Network']);
    expect(sent).toHaveLength(1);
    for (const tab of tabs) expect(tab.useSession().signedIn.value).toBe(true);
    endAfter(20_000)[0]?.();
    expect(await ends[0]).toBe('Network');
  });

  it("leaves a tab whose turn has come what is left of its 20 seconds, and its request's 15 at most", async () => {
    const first = await signedIn();
    const second = await openPage();
    await second.session.restore();
    waits = [];
    const sent = silent();
    const ends = [first, second].map(({ session }) => session.refresh().catch(({ code }) => code));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    endAfter(15_000)[0]?.();
    expect(await ends[0]).toBe('Network');
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    endAfter(20_000)[1]?.();
    expect(await ends[1]).toBe('Network');
    // The next one has its turn: nobody holds the lock.
    fakeFetch(() => tokens(2));
    expect(await second.session.refresh()).toBe('access-2');
  });
});

it('does not renew for one who has been replaced in another tab', async () => {
  const { session } = await signedIn();
  await writeStoredSession({ refreshToken: 'refresh-9', sub: 'sub-9', email: 'berta@example.com', groups: [] });
  const sent = fakeFetch(() => tokens(9));
  expect(await session.refresh()).toBeUndefined();
  expect(sent).toHaveLength(0);
});

it('ends the session when the user pool does not renew it', async () => {
  const { session, useSession } = await signedIn();
  const ends: string[] = [];
  session.onEnd((reason) => ends.push(reason));
  fakeFetch(() => refusal('NotAuthorizedException'));
  pass(61);
  expect(await session.token()).toBeUndefined();
  expect(useSession().signedIn.value).toBe(false);
  expect(ends).toEqual(['expired']);
  expect(await readStoredSession()).toBeUndefined();
});

it('keeps the session when the user pool cannot be reached', async () => {
  const { session, useSession } = await signedIn();
  fakeFetch(() => Promise.reject(new TypeError('Failed to fetch')));
  pass(59);
  expect(await session.token()).toBe('access-1');
  pass(2);
  await expect(session.token()).rejects.toMatchObject({ code: 'Network' });
  expect(useSession().signedIn.value).toBe(true);
  expect((await readStoredSession())?.refreshToken).toBe('refresh-1');
});

it('withdraws the refresh token at sign-out and forgets everything', async () => {
  const { session, useSession } = await signedIn();
  const sent = fakeFetch(() => json(200, {}));
  await session.signOut();
  expect(sent.map(operation)).toEqual(['RevokeToken']);
  expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ ClientId: 'client-1', Token: 'refresh-1' });
  expect(useSession().user.value).toBeUndefined();
  expect(await session.token()).toBeUndefined();
  expect(await readStoredSession()).toBeUndefined();
});

it('signs out without a network as well', async () => {
  const { session } = await signedIn();
  fakeFetch(() => Promise.reject(new TypeError('Failed to fetch')));
  await session.signOut();
  expect(await session.token()).toBeUndefined();
  expect(await readStoredSession()).toBeUndefined();
});

it('does not keep a token that comes after sign-out', async () => {
  const { session } = await signedIn();
  const late = Promise.withResolvers<Response>();
  fakeFetch((request) => (flow(request) === 'REFRESH_TOKEN_AUTH' ? late.promise : json(200, {})));
  const renewing = session.refresh();
  await session.signOut();
  late.resolve(tokens(2, 'refresh-2'));
  expect(await renewing).toBeUndefined();
  expect(await session.token()).toBeUndefined();
  expect(await readStoredSession()).toBeUndefined();
});

it('signs out in every tab', async () => {
  const first = await signedIn();
  const second = await openPage();
  await second.session.restore();
  const ended = Promise.withResolvers<string>();
  second.session.onEnd(ended.resolve);
  fakeFetch(() => json(200, {}));
  await first.session.signOut();
  expect(await ended.promise).toBe('signed-out');
  expect(await second.session.token()).toBeUndefined();
});

it('signs in in every tab', async () => {
  const other = await openPage();
  await other.session.restore();
  expect(other.useSession().signedIn.value).toBe(false);
  const here = await openPage();
  fakeFetch(() => tokens(1, 'refresh-1'));
  await here.session.signIn('ana@example.com', 'a long password');
  await vi.waitFor(() => expect(other.useSession().signedIn.value).toBe(true));
});

it.each([
  ['CodeMismatchException', refusal('CodeMismatchException'), 'CodeMismatchException'],
  ['a code with a namespace', refusal('com.amazonaws#LimitExceededException'), 'LimitExceededException'],
  ['a challenge', json(200, { ChallengeName: 'SMS_MFA', Session: 's' }), 'Challenge'],
  ['no JSON', new Response('<html>', { status: 502 }), 'InternalErrorException'],
])('tells %s by its code', async (_what, answer, code) => {
  fakeFetch(() => answer);
  const { session } = await openPage();
  await expect(session.signIn('ana@example.com', 'a long password')).rejects.toMatchObject({ code });
});
