import { ApiProblem, api } from '../api/client.ts';
import { PhotoStatus, UploadTicket } from '../api/types.ts';
import { type UploadApi, UploadFault, type UploadFaultKind } from './upload-ports.ts';

/** Of the headers that are signed, those to set: the length is set by browsers themselves, which refuse to be told. */
export function headersToSend({ 'content-length': _, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}

/** @param now milliseconds since 1970 */
export const httpUploadApi = (now: () => number): UploadApi => ({
  async ticket({ id, placeId, contentType, bytes }, signal) {
    // What the answer takes to arrive is lost from the ticket's time.
    const askedAtMs = now();
    const query = { placeId, contentType, contentLength: bytes };
    const ticket = await faults(() => api.get('/images', UploadTicket, { query, correlationId: id, signal }));
    const headers = headersToSend(ticket.requiredHeaders);
    const expiresAtMs = askedAtMs + ticket.expiresInSeconds * 1000;
    return { photoId: ticket.photoId, ticket: { uploadUrl: ticket.uploadUrl, headers, expiresAtMs } };
  },
  standing: (photoId, signal) => unlessGone(() => api.get(`/images/${photoId}`, PhotoStatus, { signal })),
  async withdraw(photoId, signal) {
    await unlessGone(() => api.delete(`/images/${photoId}`, { signal }));
  },
});

/** @returns undefined for what is not there */
export async function unlessGone<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await faults(call);
  } catch (error) {
    if (error instanceof UploadFault && error.kind === 'no-place') return undefined;
    throw error;
  }
}

/** @throws UploadFault in place of the API's problems */
export async function faults<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const rules = error.errors.map(({ field, rule }) => `${field} ${rule}`).join('; ');
    throw new UploadFault(kindOf(error), rules || error.detail, error);
  }
}

function kindOf({ type, status }: ApiProblem): UploadFaultKind {
  switch (type) {
    case 'page:network':
      return 'network';
    case 'page:unauthorized':
      return 'signed-out';
    case 'urn:happy-path:problem:quota-exceeded':
      return 'quota';
    case 'urn:happy-path:problem:account-deleted':
      return 'account-deleted';
    case 'urn:happy-path:problem:not-found':
      return 'no-place';
    case 'urn:happy-path:problem:validation':
      return 'invalid';
    default:
      // An answer that cannot be read may have come from a captive portal in between.
      return status >= 400 && status < 500 && status !== 429 ? 'invalid' : 'server';
  }
}
