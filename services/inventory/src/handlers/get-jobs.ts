import { cursorOf, pageLimit, toCursor } from '@happy-path/http-api/fields';
import { parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { jobStore } from '../adapters/dynamo-job-store.ts';
import { jobId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const jobs = jobStore(env.TABLE_NAME);

const query = z.strictObject({
  limit: pageLimit(100, 20),
  cursor: cursorOf(z.strictObject({ jobId, openedKey: z.string().check(z.regex(/^[0-9TZ:.-]{10,30}#/)) })),
});

export const handler = route(async ({ event }) => {
  const { limit, cursor } = parseQuery(query, event);
  const { jobs: page, next } = await jobs.openJobs(limit, cursor);
  return { status: 200, body: { jobs: page, ...(next && { cursor: toCursor(next) }) } };
});
