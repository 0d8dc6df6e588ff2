import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { replayCursor } from '../adapters/dynamo-replay-cursor.ts';
import { parseAs } from '../adapters/exact-json.ts';
import { putChanges } from '../adapters/kinesis-changes.ts';
import { changeLog, nextChanges } from '../domain/replay.ts';
import recorded from '../replay/change-log.json' with { type: 'json' };

const env = readEnvironment({ TABLE_NAME: text, STREAM_NAME: text });
const cursor = replayCursor(env.TABLE_NAME);
const log = parseAs('The recorded change log', changeLog, recorded);

const request = z.object({ changes: z.int().check(z.gte(1), z.lte(500)) });

/**
 * Replays the next changes of the recorded log, as a database would send them. The place is noted after: whoever comes again
 * because that failed sends changes once more, which are then repetitions.
 *
 * @returns how many were replayed, and how many are left before the log begins anew with other jobs
 * @throws when the stream did not take all of them
 */
export const handler = async (event: unknown, context: Context): Promise<{ replayed: number; left: number }> => {
  logger.addContext(context);
  const { changes: amount } = parseAs('The request', request, event);
  const { changes, cursor: next, left } = nextChanges(log, await cursor.read(), amount);
  await putChanges(env.STREAM_NAME, changes);
  await cursor.write(next);
  logger.info('replayed', { changes: changes.length, left, ...next });
  count('ChangesReplayed', undefined, changes.length);
  flushMetrics();
  return { replayed: changes.length, left };
};
