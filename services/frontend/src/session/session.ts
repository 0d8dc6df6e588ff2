/**
 * Who uses this page. The access token lives in this module's memory only, the refresh token in IndexedDB; docs/decisions
 * 0011 says why. Nothing in here is ever logged.
 */
import { computed, readonly, shallowRef } from 'vue';
import { CognitoProblem, cognito, type Tokens } from './cognito.ts';
import { clearStoredSession, readStoredSession, writeStoredSession } from './session-store.ts';

export { CognitoProblem } from './cognito.ts';

export interface User {
  readonly sub: string;
  readonly email: string;
  /** Of the user pool, as its last token said. */
  readonly groups: readonly string[];
}

/** The user pool's group of those who answer for the places. */
const managers = 'managers';

/** Why a session ended: asked for here or in another tab, or refused by the user pool. */
export type EndReason = 'signed-out' | 'expired';

interface AccessToken {
  readonly value: string;
  /** Milliseconds since 1970, by this device's clock. */
  readonly expiresAt: number;
}

/** A token is renewed this long before it ends, so that it lives through the request it is for. */
const renewBeforeMs = 120_000;

/** Nobody waits longer for a token, however many tabs are in front, on a network that does not answer. */
const renewWithinMs = 20_000;

const user = shallowRef<User>();
const endListeners = new Set<(reason: EndReason) => void>();
let accessToken: AccessToken | undefined;
let refreshToken: string | undefined;
let renewing: Promise<string | undefined> | undefined;
let restoring: Promise<void> | undefined;
/** Rises whenever somebody signs in or out: what was asked for before must not be kept after. */
let generation = 0;

const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('happy-path-session');
channel?.addEventListener('message', ({ data }) => {
  if (data === 'signed-out') forget('signed-out');
  else if (data === 'signed-in') {
    restoring = undefined;
    void session.restore();
  }
});

export const session = {
  /** Takes up the session that this browser has kept. No request is made until a token is needed. */
  restore(): Promise<void> {
    restoring ??= (async () => {
      const before = generation;
      const stored = await readStoredSession();
      if (!stored || generation !== before) return;
      generation++;
      accessToken = undefined;
      refreshToken = stored.refreshToken;
      user.value = { sub: stored.sub, email: stored.email, groups: stored.groups };
    })();
    return restoring;
  },

  /** @throws CognitoProblem */
  async signIn(email: string, password: string): Promise<void> {
    const tokens = await cognito.signIn(email, password);
    const claims = readClaims(tokens.idToken);
    generation++;
    renewing = undefined;
    restoring = Promise.resolve();
    user.value = { sub: claims.sub, email: claims.email ?? email, groups: claims.groups };
    await keep(tokens);
    channel?.postMessage('signed-in');
  },

  /** Ends the session here and in every other tab, and withdraws its tokens. */
  async signOut(): Promise<void> {
    const token = refreshToken;
    forget('signed-out');
    await clearStoredSession();
    channel?.postMessage('signed-out');
    // Without a network the token is gone from this device all the same, and ends by itself.
    if (token !== undefined) await cognito.revoke(token).catch(() => undefined);
  },

  /**
   * The access token for the API, renewed when it is about to end.
   *
   * @returns undefined when nobody is signed in
   * @throws CognitoProblem when it has ended and cannot be renewed now
   */
  async token(): Promise<string | undefined> {
    await session.restore();
    if (!user.value) return undefined;
    const left = (accessToken?.expiresAt ?? 0) - Date.now();
    if (accessToken && left > renewBeforeMs) return accessToken.value;
    try {
      return await session.refresh();
    } catch (error) {
      if (accessToken && left > 0) return accessToken.value;
      throw error;
    }
  },

  /**
   * Renews the access token now. Callers at the same time share one request.
   *
   * @returns undefined when there is no session, or the user pool has ended it
   * @throws CognitoProblem when the user pool could not be asked
   */
  refresh(): Promise<string | undefined> {
    if (renewing) return renewing;
    const own = renew().finally(() => {
      if (renewing === own) renewing = undefined;
    });
    renewing = own;
    return own;
  },

  /** @returns stops listening */
  onEnd(listener: (reason: EndReason) => void): () => void {
    endListeners.add(listener);
    return () => endListeners.delete(listener);
  },

  signUp: cognito.signUp,
  confirmSignUp: cognito.confirmSignUp,
  resendCode: cognito.resendCode,
  forgotPassword: cognito.forgotPassword,
  confirmForgotPassword: cognito.confirmForgotPassword,
};

const signedIn = computed(() => user.value !== undefined);
const isManager = computed(() => user.value?.groups.includes(managers) ?? false);

/** For components: who is signed in, reactively, and what one can do about it. */
export function useSession() {
  return { ...session, user: readonly(user), signedIn, isManager };
}

/**
 * One tab after the other: a user pool that rotates refresh tokens takes each of them once, so every tab has to know the one
 * that the last has got.
 */
async function renew(): Promise<string | undefined> {
  const own = refreshToken;
  const before = generation;
  if (own === undefined) return undefined;
  const signal = AbortSignal.timeout(renewWithinMs);
  const inTurn = async () => {
    const stored = await readStoredSession();
    if (generation !== before) return accessToken?.value;
    // Another tab has just signed somebody else in, and this one is about to hear of it.
    if (stored && stored.sub !== user.value?.sub) return undefined;
    // Adopted at once: signing out withdraws the token that is valid.
    refreshToken = stored?.refreshToken ?? own;
    return renewWith(refreshToken, signal);
  };
  try {
    return await navigator.locks.request('happy-path-session', { signal }, inTurn);
  } catch (error) {
    throw error === signal.reason ? new CognitoProblem('Network', { cause: error }) : error;
  }
}

async function renewWith(token: string, signal: AbortSignal): Promise<string | undefined> {
  const before = generation;
  try {
    const tokens = await cognito.refresh(token, signal);
    if (generation !== before) return accessToken?.value;
    await keep(tokens);
    return tokens.accessToken;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (generation === before) {
      forget('expired');
      await clearStoredSession();
      channel?.postMessage('signed-out');
    }
    return undefined;
  }
}

/** The user pool will not renew this token any more: it was withdrawn, it is too old, or the account is gone. */
const isRefusal = (error: unknown): boolean =>
  error instanceof CognitoProblem &&
  ['NotAuthorizedException', 'UserNotFoundException', 'InvalidParameterException', 'Challenge'].includes(error.code);

async function keep(tokens: Tokens): Promise<void> {
  accessToken = { value: tokens.accessToken, expiresAt: Date.now() + tokens.expiresInSeconds * 1000 };
  if (!user.value) return;
  const { groups } = readClaims(tokens.idToken);
  const hasOtherGroups = groups.join() !== user.value.groups.join();
  if (hasOtherGroups) user.value = { ...user.value, groups };
  refreshToken = tokens.refreshToken ?? refreshToken;
  if (refreshToken === undefined || (tokens.refreshToken === undefined && !hasOtherGroups)) return;
  const { sub, email } = user.value;
  await writeStoredSession({ refreshToken, sub, email, groups: [...groups] });
}

function forget(reason: EndReason): void {
  const had = user.value !== undefined;
  generation++;
  renewing = undefined;
  accessToken = undefined;
  refreshToken = undefined;
  user.value = undefined;
  restoring = Promise.resolve();
  if (had) for (const listener of endListeners) listener(reason);
}

/** What the ID token says of its owner. It is not checked: it came straight from the user pool, and only the API decides. */
function readClaims(idToken: string): { sub: string; email: string | undefined; groups: readonly string[] } {
  const payload = (idToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  const claims: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
  const { sub, email, 'cognito:groups': groups } = claims;
  return {
    sub: String(sub),
    email: typeof email === 'string' ? email : undefined,
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
}
