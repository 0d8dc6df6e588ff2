// @vitest-environment node
import { beforeEach, expect, test, vi } from 'vitest';
import { identityCredentials } from '../../../src/realtime/identity-credentials.ts';
import { TurnedClock } from '../turned-clock.ts';

const pool = { url: 'https://cognito-identity.eu-west-1.amazonaws.com/', identityPoolId: 'eu-west-1:pool' };
let clock: TurnedClock;
let store: Map<string, string>;
let calls: { operation: string; body: unknown }[];
let failing: string | undefined;
let failure: string;

const storage = {
  getItem: (key: string) => store.get(key) ?? null,
  setItem: (key: string, value: string) => void store.set(key, value),
  removeItem: (key: string) => void store.delete(key),
};

const send = vi.fn(async (url: string | URL | Request, init?: RequestInit) => {
  expect(url).toBe(pool.url);
  const headers = new Headers(init?.headers);
  expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  const operation = headers.get('x-amz-target')?.replace('AWSCognitoIdentityService.', '') ?? '';
  calls.push({ operation, body: JSON.parse(String(init?.body)) });
  if (operation === failing) return Response.json({ __type: failure }, { status: 400 });
  if (operation === 'GetId') return Response.json({ IdentityId: 'eu-west-1:me' });
  const Expiration = clock.now() / 1000 + 3600;
  return Response.json({
    Credentials: { AccessKeyId: 'ASIA', SecretKey: 'secret', SessionToken: 'token', Expiration },
  });
});

const operations = () => calls.map(({ operation }) => operation);
const make = () => identityCredentials(pool, clock, storage, send);

beforeEach(() => {
  clock = new TurnedClock();
  store = new Map();
  calls = [];
  failing = undefined;
  failure = 'ResourceNotFoundException';
});

test('gets an identity and its credentials without being signed in', async () => {
  expect(await make()()).toEqual({ accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' });
  expect(calls).toEqual([
    { operation: 'GetId', body: { IdentityPoolId: 'eu-west-1:pool' } },
    { operation: 'GetCredentialsForIdentity', body: { IdentityId: 'eu-west-1:me' } },
  ]);
});

test('asks again five minutes before they end, for the same identity, also of the next page', async () => {
  const credentials = make();
  await credentials();
  await clock.turn(54 * 60_000);
  await credentials();
  expect(calls).toHaveLength(2);
  await clock.turn(2 * 60_000);
  await credentials();
  await make()();
  expect(operations()).toEqual(['GetId', ...Array(3).fill('GetCredentialsForIdentity')]);
});

test('begins with a new identity when the old one is gone, or is of another pool', async () => {
  store.set('happy-path-identity', 'eu-west-1:pool eu-west-1:gone');
  const credentials = make();
  failing = 'GetCredentialsForIdentity';
  await expect(credentials()).rejects.toThrow('GetCredentialsForIdentity answered 400');
  failing = undefined;
  await credentials();
  expect(operations()).toEqual(['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity']);
  store.set('happy-path-identity', 'eu-west-1:other eu-west-1:me');
  await make()();
  expect(operations().at(-2)).toBe('GetId');
});

test('keeps its identity when it is only throttled', async () => {
  failing = 'GetCredentialsForIdentity';
  failure = 'TooManyRequestsException';
  const credentials = make();
  await expect(credentials()).rejects.toThrow();
  failing = undefined;
  await credentials();
  expect(operations()).toEqual(['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
});
