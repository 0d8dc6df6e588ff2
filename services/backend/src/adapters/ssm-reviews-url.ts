import { getParameter } from '@aws-lambda-powertools/parameters/ssm';
import { ParameterNotFound } from '@aws-sdk/client-ssm';

/** How long a warm function goes without asking whether the reviews were deployed, moved or removed. */
const maxAgeMs = 60_000;

let known: { readonly url: string | undefined; readonly readAt: number } | undefined;

/**
 * Address of the reviews' API, as their stack has published it. Powertools would remember the address but not its absence,
 * which is as likely.
 *
 * @returns undefined where they are not deployed
 */
export async function readReviewsUrl(parameterName: string): Promise<string | undefined> {
  if (known === undefined || known.readAt + maxAgeMs < Date.now())
    known = { url: await publishedUrl(parameterName), readAt: Date.now() };
  return known.url;
}

async function publishedUrl(parameterName: string): Promise<string | undefined> {
  try {
    return await getParameter(parameterName, { forceFetch: true });
  } catch (error) {
    // Powertools wraps what the service said.
    if (error instanceof Error && error.cause instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
