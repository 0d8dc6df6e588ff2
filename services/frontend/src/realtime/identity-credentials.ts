import * as v from 'valibot';
import type { Clock } from './clock.ts';

const Identity = v.object({ IdentityId: v.string() });
const Answer = v.object({
  Credentials: v.object({
    AccessKeyId: v.string(),
    SecretKey: v.string(),
    SessionToken: v.string(),
    /** Seconds since 1970. */
    Expiration: v.number(),
  }),
});

/** Temporary credentials of the identity pool's role for visitors who are not signed in: they can listen, nothing else. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface IdentityPool {
  readonly url: string;
  readonly identityPoolId: string;
}

/** Where the identity is kept, so that a visit needs one only; in no store, each page has its own. */
export type IdentityStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Credentials are renewed this long before they end, so that a connection opens with good ones. */
const renewBeforeMs = 5 * 60_000;
const timeoutMs = 15_000;
/** What is said of an identity that was deleted, or is not this pool's. */
const isGone = /ResourceNotFoundException|NotAuthorizedException/;
const storageKey = 'happy-path-identity';

/** @returns gives credentials that are still good, asking for new ones where needed; rejects when none are to be had */
export function identityCredentials(
  { url, identityPoolId }: IdentityPool,
  clock: Clock,
  store: IdentityStore,
  send: typeof fetch = fetch,
): () => Promise<Credentials> {
  let held: { credentials: Credentials; expiresAtMs: number } | undefined;

  async function call<Schema extends v.GenericSchema>(operation: string, schema: Schema, body: object) {
    const response = await send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`${operation} answered ${response.status}`, { cause: await response.text() });
    return v.parse(schema, await response.json());
  }

  async function identity(): Promise<string> {
    const [pool, known] = store.getItem(storageKey)?.split(' ') ?? [];
    if (pool === identityPoolId && known) return known;
    const { IdentityId } = await call('GetId', Identity, { IdentityPoolId: identityPoolId });
    store.setItem(storageKey, `${identityPoolId} ${IdentityId}`);
    return IdentityId;
  }

  return async () => {
    if (held && held.expiresAtMs - renewBeforeMs > clock.now()) return held.credentials;
    const IdentityId = await identity();
    const { Credentials } = await call('GetCredentialsForIdentity', Answer, { IdentityId }).catch((error: Error) => {
      // The next attempt begins with a new one. Throttled, or without a network, it would only make more of them.
      if (isGone.test(String(error.cause))) store.removeItem(storageKey);
      throw error;
    });
    const { AccessKeyId, SecretKey, SessionToken, Expiration } = Credentials;
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken };
    held = { credentials, expiresAtMs: Expiration * 1000 };
    return credentials;
  };
}
