import '../environment.ts';

import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { call } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../src/handlers/get-config.ts';

const output = captureOutput();
const iot = mockClient(IoTClient);
const ssm = mockClient(SSMClient);
const notFound = new ParameterNotFound({ message: 'No such parameter', $metadata: {} });

beforeEach(() => {
  ssm.reset();
  ssm.on(GetParameterCommand).rejects(notFound);
});

it('GET /config answers while IoT Core names no endpoint, without it and for a short time', async () => {
  iot.on(DescribeEndpointCommand).rejects(new Error('throttled'));

  const { status, headers, body } = await call(handler, { subject: '' });

  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'cache-control': 'public, max-age=10' });
  expect(body).toMatchObject({ stage: 'test', userPoolId: 'eu-west-1_pool' });
  expect(Object.keys(body as object).filter((name) => name.startsWith('realtime'))).toEqual([]);
  expect(output.entries()).toContainEqual(expect.objectContaining({ level: 'ERROR' }));
  expect(output.entries().filter((entry) => 'RealtimeEndpointUnknown' in entry)).toMatchObject([
    { RealtimeEndpointUnknown: 1, service: 'backend' },
  ]);
});

it('GET /config tells a page all it needs to know, for five minutes', async () => {
  iot.on(DescribeEndpointCommand).resolves({ endpointAddress: 'abc-ats.iot.eu-west-1.amazonaws.com' });

  expect(await call(handler, { subject: '' })).toEqual({
    status: 200,
    headers: expect.objectContaining({ 'cache-control': 'public, max-age=300' }),
    body: {
      region: 'eu-west-1',
      stage: 'test',
      userPoolId: 'eu-west-1_pool',
      userPoolClientId: 'client',
      identityPoolId: 'eu-west-1:identities',
      cognitoIdpUrl: 'https://cognito-idp.eu-west-1.amazonaws.com',
      cognitoIdentityUrl: 'https://cognito-identity.eu-west-1.amazonaws.com',
      realtimeEndpoint: 'abc-ats.iot.eu-west-1.amazonaws.com',
      realtimeUrl: 'wss://abc-ats.iot.eu-west-1.amazonaws.com/mqtt',
      tileUrl: '',
      tileAttribution: '',
      businessType: 'parks',
      upload: {
        maxBytes: 20_971_520,
        types: ['image/jpeg', 'image/png', 'image/webp'],
        minSidePx: 32,
        maxPixels: 60_000_000,
      },
    },
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

it('GET /config names the endpoint, tiles and business that the deployment was given', async () => {
  vi.stubEnv('REALTIME_ORIGIN', 'ws://abc-ats.iot.eu-west-1.localhost:4566');
  vi.stubEnv('TILE_URL', 'https://tile.example/{z}/{x}/{y}.png');
  vi.stubEnv('TILE_ATTRIBUTION', 'Tiles by Example');
  vi.stubEnv('BUSINESS_TYPE', 'restaurants');
  vi.resetModules();
  const { handler: configured } = await import('../../../src/handlers/get-config.ts');
  const asked = mockClient((await import('@aws-sdk/client-iot')).IoTClient);

  expect(await call(configured)).toMatchObject({
    headers: { 'cache-control': 'public, max-age=300' },
    body: {
      realtimeEndpoint: 'abc-ats.iot.eu-west-1.localhost:4566',
      realtimeUrl: 'ws://abc-ats.iot.eu-west-1.localhost:4566/mqtt',
      tileUrl: 'https://tile.example/{z}/{x}/{y}.png',
      tileAttribution: 'Tiles by Example',
      businessType: 'restaurants',
    },
  });
  expect(asked.calls()).toEqual([]);
});

describe('GET /config tells where the reviews are', () => {
  const published = 'https://r7q2m5d8xk.execute-api.eu-west-1.amazonaws.com';
  const warm = async () => (await import('../../../src/handlers/get-config.ts')).handler;
  const told = async (handler: Awaited<ReturnType<typeof warm>>) => Object((await call(handler)).body)['reviewsUrl'];

  beforeEach(() => {
    iot.on(DescribeEndpointCommand).resolves({ endpointAddress: 'abc-ats.iot.eu-west-1.amazonaws.com' });
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.resetModules();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('as their stack has published it, and asks once a minute', async () => {
    ssm
      .on(GetParameterCommand, { Name: '/happy-path/test/reviews/api-url' })
      .resolves({ Parameter: { Value: published } });
    const handler = await warm();

    expect(await told(handler)).toBe(published);
    expect(await told(handler)).toBe(published);
    expect(ssm.calls()).toHaveLength(1);
    vi.advanceTimersByTime(61_000);
    await told(handler);
    expect(ssm.calls()).toHaveLength(2);
  });

  it('within a minute of their being deployed, and does not ask for them with every request', async () => {
    const handler = await warm();
    expect(await told(handler)).toBeUndefined();
    expect(await told(handler)).toBeUndefined();
    expect(ssm.calls()).toHaveLength(1);

    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: published } });
    vi.advanceTimersByTime(61_000);
    expect(await told(handler)).toBe(published);
  });

  it('and all the rest when that cannot be read', async () => {
    ssm.on(GetParameterCommand).rejects(new Error('throttled'));
    const { status, body } = await call(await warm());

    expect(status).toBe(200);
    expect(body).not.toHaveProperty('reviewsUrl');
    expect(body).toMatchObject({ stage: 'test' });
    expect(output.entries().filter((entry) => 'ReviewsUrlUnknown' in entry)).toHaveLength(1);
  });
});
