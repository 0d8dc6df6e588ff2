import type { LocationQuery } from 'vue-router';

/** Pages that one is done with then. */
const ofSession = /^\/(sign-in|sign-up|confirm|forgot-password)\b/;

/** Where to go after signing in: a page of this site only, never an address that somebody else put into a link. */
export function returnPath(query: LocationQuery): string {
  const path = query['return'];
  return typeof path === 'string' && /^\/(?![/\\])/.test(path) && !ofSession.test(path) ? path : '/';
}
