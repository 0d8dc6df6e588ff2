import { route } from '@happy-path/http-api/route';
import { uploadTypes } from '@happy-path/photos/photo-record';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { realtimeEndpoint } from '../adapters/iot-endpoint.ts';
import { readReviewsUrl } from '../adapters/ssm-reviews-url.ts';

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
  const [origin, reviewsUrl] = await Promise.all([realtimeOrigin(), knownReviewsUrl()]);
  return {
    status: 200,
    headers: { 'cache-control': origin === undefined ? 'public, max-age=10' : 'public, max-age=300' },
    body: {
      region: env.AWS_REGION,
      stage: env.STAGE,
      userPoolId: env.USER_POOL_ID,
      userPoolClientId: env.USER_POOL_CLIENT_ID,
      identityPoolId: env.IDENTITY_POOL_ID,
      cognitoIdpUrl: env.COGNITO_IDP_URL,
      cognitoIdentityUrl: env.COGNITO_IDENTITY_URL,
      ...(origin !== undefined && { realtimeEndpoint: new URL(origin).host, realtimeUrl: `${origin}/mqtt` }),
      ...(reviewsUrl !== undefined && { reviewsUrl }),
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

/** @returns undefined when IoT Core does not say: a page can do all but listen, and asks instead */
async function realtimeOrigin(): Promise<string | undefined> {
  if (env.REALTIME_ORIGIN !== undefined) return env.REALTIME_ORIGIN;
  try {
    return `wss://${await realtimeEndpoint()}`;
  } catch (error) {
    logger.error('the realtime endpoint is not known', { error: error as Error });
    count('RealtimeEndpointUnknown');
    return undefined;
  }
}

/** @returns undefined where there are no reviews, or nobody says where: a page shows the rest without them */
async function knownReviewsUrl(): Promise<string | undefined> {
  try {
    return await readReviewsUrl(env.REVIEWS_URL_PARAMETER);
  } catch (error) {
    logger.error("the reviews' address is not known", { error: error as Error });
    count('ReviewsUrlUnknown');
    return undefined;
  }
}
