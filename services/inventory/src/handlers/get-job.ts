import { NotFoundError } from '@happy-path/http-api/errors';
import { parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { jobStore } from '../adapters/dynamo-job-store.ts';
import { jobId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const jobs = jobStore(env.TABLE_NAME);

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ jobId }), event);
  const job = await jobs.readJob(path.jobId);
  if (!job) throw new NotFoundError(`There is no open job ${path.jobId}`);
  return { status: 200, body: job };
});
