import * as z from 'zod/mini';

/** A job's id, as the source's key may be. */
export const jobId = z.string('must be given').check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be a job id'));
