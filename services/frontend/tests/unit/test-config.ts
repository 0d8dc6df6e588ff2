import { parseConfig } from '../../src/runtime-config.ts';

export const testConfig = parseConfig({
  region: 'eu-west-1',
  stage: 'test',
  userPoolId: 'eu-west-1_pool',
  userPoolClientId: 'client-1',
  identityPoolId: 'eu-west-1:identities',
  realtimeEndpoint: 'broker.example.com',
  cognitoIdpUrl: 'https://cognito.example.com/',
});
