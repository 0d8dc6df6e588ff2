import * as v from 'valibot';

const byteCount = v.pipe(v.number(), v.integer(), v.minValue(1));

/** The page and the backend are deployed apart: what an older backend does not tell yet has a default. */
const Answer = v.object({
  region: v.string(),
  stage: v.string(),
  userPoolId: v.string(),
  userPoolClientId: v.string(),
  identityPoolId: v.string(),
  realtimeEndpoint: v.optional(v.string(), ''),
  cognitoIdpUrl: v.optional(v.string()),
  cognitoIdentityUrl: v.optional(v.string()),
  realtimeUrl: v.optional(v.string()),
  reviewsUrl: v.optional(v.string(), ''),
  tileUrl: v.optional(v.string(), ''),
  tileAttribution: v.optional(v.string(), ''),
  businessType: v.optional(v.picklist(['parks', 'restaurants']), 'parks'),
  upload: v.optional(
    v.object({
      maxBytes: byteCount,
      types: v.array(v.string()),
      minSidePx: byteCount,
      maxPixels: byteCount,
    }),
    {
      maxBytes: 20 * 1024 ** 2,
      types: ['image/jpeg', 'image/png', 'image/webp'],
      minSidePx: 32,
      maxPixels: 60_000_000,
    },
  ),
});

export type BusinessType = 'parks' | 'restaurants';

/** What this deployment is made of, as `GET /api/config` says. */
export interface RuntimeConfig {
  readonly region: string;
  readonly stage: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly identityPoolId: string;
  /** Host of the MQTT endpoint; empty when the backend does not know it. */
  readonly realtimeEndpoint: string;
  /** Cognito's user pools: sign-up, sign-in, tokens. */
  readonly cognitoIdpUrl: string;
  /** Cognito's identity pools: credentials to listen with. */
  readonly cognitoIdentityUrl: string;
  /** Where MQTT over WebSocket connects to, before it is signed; empty means that there is nothing to listen at. */
  readonly realtimeUrl: string;
  /** The reviews' API; empty where there are no reviews. */
  readonly reviewsUrl: string;
  /** XYZ tiles for the map, `https://…/{z}/{x}/{y}.png`; empty means the bundled basemap. */
  readonly tileUrl: string;
  readonly tileAttribution: string;
  readonly businessType: BusinessType;
  /** The server's rules for a photo. */
  readonly upload: {
    readonly maxBytes: number;
    readonly types: readonly string[];
    readonly minSidePx: number;
    readonly maxPixels: number;
  };
}

/** @throws ValiError when the answer is not a configuration */
export function parseConfig(answer: unknown): RuntimeConfig {
  const config = v.parse(Answer, answer);
  return {
    ...config,
    cognitoIdpUrl: config.cognitoIdpUrl || `https://cognito-idp.${config.region}.amazonaws.com/`,
    cognitoIdentityUrl: config.cognitoIdentityUrl || `https://cognito-identity.${config.region}.amazonaws.com/`,
    realtimeUrl: config.realtimeUrl || (config.realtimeEndpoint && `wss://${config.realtimeEndpoint}/mqtt`),
  };
}

let loading: Promise<RuntimeConfig> | undefined;
let loaded: RuntimeConfig | undefined;

/** Asks once; after a failure the next call asks again. */
export function loadRuntimeConfig(): Promise<RuntimeConfig> {
  loading ??= fetch('/api/config', { signal: AbortSignal.timeout(15_000) })
    .then(async (response) => {
      if (!response.ok) throw new Error(`GET /api/config answered ${response.status}`);
      loaded = parseConfig(await response.json());
      return loaded;
    })
    .catch((cause: unknown) => {
      loading = undefined;
      throw cause;
    });
  return loading;
}

/** The configuration; every view is shown after it has been loaded. */
export function runtimeConfig(): RuntimeConfig {
  if (!loaded) throw new Error('The configuration is read before it is loaded');
  return loaded;
}

/** For tests. */
export function setRuntimeConfig(config: RuntimeConfig): void {
  loaded = config;
}
