import { readEnvironment, text } from '@happy-path/runtime/environment';
import { route } from '../adapters/http-api.ts';
import { realtimeEndpoint } from '../adapters/iot-endpoint.ts';

const env = readEnvironment({
  AWS_REGION: text,
  STAGE: text,
  USER_POOL_ID: text,
  USER_POOL_CLIENT_ID: text,
  IDENTITY_POOL_ID: text,
});

export const handler = route(async () => ({
  status: 200,
  headers: { 'cache-control': 'public, max-age=300' },
  body: {
    region: env.AWS_REGION,
    stage: env.STAGE,
    userPoolId: env.USER_POOL_ID,
    userPoolClientId: env.USER_POOL_CLIENT_ID,
    identityPoolId: env.IDENTITY_POOL_ID,
    realtimeEndpoint: await realtimeEndpoint(),
  },
}));
