import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Tally } from '../domain/intake.ts';

/** Logs what became of a batch, and counts it. */
export function report({ received, repeated, early, unreadable, ignored, published, failures }: Tally): void {
  for (const { id, jobId, error } of failures)
    logger.error('a change could not be handled', { record: id, jobId, error: error as Error });
  const split = { ignored: Object.fromEntries(ignored), published: Object.fromEntries(published) };
  logger.info('took changes in', { received, repeated, early, unreadable, ...split, failed: failures.length });
  count('ChangesReceived', undefined, received);
  count('ChangesRepeated', undefined, repeated);
  count('ChangesEarly', undefined, early);
  count('ChangesGivenUp', undefined, unreadable);
  for (const [reason, amount] of ignored) count('ChangesIgnored', { reason }, amount);
  for (const [type, amount] of published) count('EventsPublished', { type }, amount);
  flushMetrics();
}
