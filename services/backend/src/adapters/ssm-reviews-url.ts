import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';

/** How long reviews that were deployed, or deleted, may go unnoticed by a warm function. */
const maxAgeMs = 60_000;

// A page waits for the answer, and can do without it.
const ssm = new SSMClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
let known: { readonly url: string; readonly untilMs: number } | undefined;

/**
 * Address of the reviews' API; empty while there are no reviews. It is asked for at run time: their stack comes after this
 * one, or never.
 */
export async function readReviewsUrl(parameterName: string, nowMs: number): Promise<string> {
  if (known === undefined || known.untilMs <= nowMs) {
    known = { url: await publishedUrl(parameterName), untilMs: nowMs + maxAgeMs };
  }
  return known.url;
}

async function publishedUrl(Name: string): Promise<string> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return Parameter?.Value ?? '';
  } catch (error) {
    if (error instanceof ParameterNotFound) return '';
    throw error;
  }
}
