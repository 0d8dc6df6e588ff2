import { expect, it } from 'vitest';
import { parseConfig } from '../../src/runtime-config.ts';

const older = {
  region: 'eu-west-1',
  stage: 'dev',
  userPoolId: 'pool',
  userPoolClientId: 'client',
  identityPoolId: 'identities',
  realtimeEndpoint: 'broker.example.com',
};

it('works with a backend that does not tell the newer fields yet', () => {
  expect(parseConfig(older)).toMatchObject({
    cognitoIdpUrl: 'https://cognito-idp.eu-west-1.amazonaws.com/',
    cognitoIdentityUrl: 'https://cognito-identity.eu-west-1.amazonaws.com/',
    realtimeUrl: 'wss://broker.example.com/mqtt',
    tileUrl: '',
    businessType: 'parks',
    upload: { maxBytes: 20 * 1024 ** 2 },
  });
});

it('takes what the backend tells over its own defaults', () => {
  const told = { ...older, businessType: 'restaurants', cognitoIdpUrl: 'http://127.0.0.1:4566/', tileUrl: '/{z}.png' };
  expect(parseConfig(told)).toMatchObject({
    businessType: 'restaurants',
    cognitoIdpUrl: 'http://127.0.0.1:4566/',
    tileUrl: '/{z}.png',
  });
});

it('takes an answer without the realtime endpoint: there is nothing to listen at then', () => {
  const { realtimeEndpoint: _, ...without } = older;
  expect(parseConfig(without)).toMatchObject({ region: 'eu-west-1', realtimeEndpoint: '', realtimeUrl: '' });
});

it('refuses an answer that is no configuration', () => {
  expect(() => parseConfig({ ...older, region: 7 })).toThrow();
  expect(() => parseConfig({ message: 'Service Unavailable' })).toThrow();
});
