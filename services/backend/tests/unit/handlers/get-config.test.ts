import '../environment.ts';

import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { call } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { handler } from '../../../src/handlers/get-config.ts';

const output = captureOutput();
const iot = mockClient(IoTClient);
const ssm = mockClient(SSMClient);

/** The function remembers for a minute whether there are reviews: each test begins later. */
let now = Date.now();
const passAMinute = () => {
  now += 60_000;
  vi.setSystemTime(now);
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  passAMinute();
  ssm.reset();
  ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: '', $metadata: {} }));
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

it('GET /config names the reviews’ API once it is published, and asks for it once a minute', async () => {
  expect((await call(handler)).body).not.toHaveProperty('reviewsUrl');
  expect((await call(handler)).headers).toMatchObject({ 'cache-control': 'public, max-age=300' });
  expect(ssm.commandCalls(GetParameterCommand, { Name: '/happy-path/test/reviews/api-url' })).toHaveLength(1);

  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'https://reviews.example' } });
  passAMinute();

  expect(await call(handler)).toMatchObject({ status: 200, body: { reviewsUrl: 'https://reviews.example' } });
});

it('GET /config answers while Parameter Store does not, without the reviews and for a short time', async () => {
  ssm.on(GetParameterCommand).rejects(new Error('throttled'));

  const { status, headers, body } = await call(handler);

  expect({ status, headers }).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=10' } });
  expect(body).not.toHaveProperty('reviewsUrl');
  expect(output.entries().filter((entry) => 'ReviewsUrlUnknown' in entry)).toMatchObject([{ ReviewsUrlUnknown: 1 }]);
});

afterEach(() => {
  vi.useRealTimers();
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
