import '../environment.ts';

import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { call } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, it, vi } from 'vitest';
import { handler } from '../../../src/handlers/get-config.ts';

const output = captureOutput();
const iot = mockClient(IoTClient);

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
