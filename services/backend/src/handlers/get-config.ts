import { route } from '@happy-path/http-api/route';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { realtimeEndpoint } from '../adapters/iot-endpoint.ts';
import { readReviewsUrl } from '../adapters/ssm-reviews-url.ts';
import { uploadTypes } from '../domain/upload-request.ts';

const env = readEnvironment({
  AWS_REGION: text,
  STAGE: text,
  USER_POOL_ID: text,
  USER_POOL_CLIENT_ID: text,
  IDENTITY_POOL_ID: text,
  COGNITO_IDP_URL: text,
  COGNITO_IDENTITY_URL: text,
  REALTIME_ORIGIN: z.optional(text),
  REVIEWS_URL_PARAMETER: text,
  TILE_URL: z._default(text, ''),
  TILE_ATTRIBUTION: z._default(text, ''),
  BUSINESS_TYPE: z.enum(['parks', 'restaurants']),
  MAX_UPLOAD_BYTES: wholeNumber(1, 5 * 1024 ** 3),
  MIN_SIDE_PX: wholeNumber(1, 10_000),
  MAX_PIXELS: wholeNumber(1, 268_402_689),
});

export const handler = route(async () => {
  const [origin, reviewsUrl] = await Promise.all([
    unlessUnknown('RealtimeEndpointUnknown', realtimeOrigin),
    unlessUnknown('ReviewsUrlUnknown', () => readReviewsUrl(env.REVIEWS_URL_PARAMETER, Date.now())),
  ]);
  const isComplete = origin !== undefined && reviewsUrl !== undefined;
  return {
    status: 200,
    headers: { 'cache-control': isComplete ? 'public, max-age=300' : 'public, max-age=10' },
    body: {
      region: env.AWS_REGION,
      stage: env.STAGE,
      userPoolId: env.USER_POOL_ID,
      userPoolClientId: env.USER_POOL_CLIENT_ID,
      identityPoolId: env.IDENTITY_POOL_ID,
      cognitoIdpUrl: env.COGNITO_IDP_URL,
      cognitoIdentityUrl: env.COGNITO_IDENTITY_URL,
      ...(origin !== undefined && { realtimeEndpoint: new URL(origin).host, realtimeUrl: `${origin}/mqtt` }),
      ...(reviewsUrl && { reviewsUrl }),
      tileUrl: env.TILE_URL,
      tileAttribution: env.TILE_ATTRIBUTION,
      businessType: env.BUSINESS_TYPE,
      upload: {
        maxBytes: env.MAX_UPLOAD_BYTES,
        types: uploadTypes,
        minSidePx: env.MIN_SIDE_PX,
        maxPixels: env.MAX_PIXELS,
      },
    },
  };
});

const realtimeOrigin = async (): Promise<string> => env.REALTIME_ORIGIN ?? `wss://${await realtimeEndpoint()}`;

/** @returns undefined when nobody says: a page can do all else meanwhile, and asks again soon */
async function unlessUnknown(metric: string, ask: () => Promise<string>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    logger.error('a part of the configuration is not known', { metric, error: error as Error });
    count(metric);
    return undefined;
  }
}
