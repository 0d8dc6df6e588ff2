import { sendDeadLetter } from '@happy-path/aws/dead-letters';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, countFor, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, DynamoDBBatchResponse } from 'aws-lambda';
import { publishPhotoEvent } from '../adapters/event-bus-publisher.ts';
import { pushes } from '../adapters/iot-push.ts';
import { recordsOf, type Unread } from '../adapters/table-stream.ts';
import { type EndedPhoto, type News, type NewsPorts, newsOf, passOn } from '../domain/photo-news.ts';

const env = readEnvironment({
  STAGE: text,
  EVENT_BUS_NAME: text,
  DEAD_LETTER_QUEUE_URL: text,
  POWERTOOLS_SERVICE_NAME: text,
});
const ports: NewsPorts = {
  ...pushes(env.STAGE),
  announce: (event) => publishPhotoEvent(env.EVENT_BUS_NAME, event),
};

/**
 * Tells browsers and the bus what became of photos. Every record is tried: Lambda comes back with the batch from the lowest
 * failed one on, and when it gives up it drops all of that. So only what may go well later is reported as failed; a record
 * that can never be told is laid aside.
 *
 * @throws when the event is no batch of a stream
 */
export const handler = async (event: unknown, context: Context): Promise<DynamoDBBatchResponse> => {
  logger.addContext(context);
  logger.resetKeys();
  const items = Map.groupBy(recordsOf(event), (record) => record.item ?? record.sequenceNumber);
  const failed = (await Promise.all([...items.values()].map(inOrder))).flat();
  flushMetrics();
  return { batchItemFailures: failed.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
};

/** Passes an item's records on one after the other. @returns those that failed, or came after one that failed */
async function inOrder(records: readonly Unread[]): Promise<readonly Unread[]> {
  for (const [index, record] of records.entries()) {
    try {
      await tell(record);
    } catch (error) {
      logger.error('a change could not be passed on', {
        sequenceNumber: record.sequenceNumber,
        item: record.item,
        error: error as Error,
      });
      return records.slice(index);
    }
  }
  return [];
}

async function tell(record: Unread): Promise<void> {
  const news = await newsIn(record);
  if (news === undefined) return;
  const { kind, photo } = news.change;
  const facts = { kind, photoId: photo.photoId, ...(kind === 'ended' && factsOf(photo)) };
  const { pushError } = await passOn(news, ports);
  logger.info('passed on', facts);
  if (pushError !== undefined) {
    logger.error('the push failed', { ...facts, error: pushError as Error });
    count('PushesFailed');
  }
  if (kind === 'ended') countEnd(photo);
}

/**
 * @returns undefined when there is nothing to tell, or nothing that can be told
 * @throws when the record cannot be told and could not be laid aside either
 */
async function newsIn(record: Unread): Promise<News | undefined> {
  const facts = { sequenceNumber: record.sequenceNumber, item: record.item };
  try {
    const change = record.read();
    if (change !== undefined) return newsOf(change);
    logger.info('a change of nothing to tell', facts);
  } catch (error) {
    logger.error('a change can never be told and is a dead letter', { ...facts, error: error as Error });
    await sendDeadLetter(env.DEAD_LETTER_QUEUE_URL, record.raw, error);
    count('ChangesGivenUp');
  }
  return undefined;
}

const factsOf = ({ objStatus, reason, correlationId }: EndedPhoto) => ({
  status: objStatus,
  ...(reason !== undefined && { reason }),
  correlationId,
});

/** Counted here and nowhere else: every end of a photo comes by, also one that no function has a part in. */
function countEnd({ objStatus, reason, workflow = env.POWERTOOLS_SERVICE_NAME }: EndedPhoto): void {
  if (objStatus === 'PROCESSED') countFor(workflow, 'PhotosPublished');
  else if (objStatus === 'REJECTED') countFor(workflow, 'PhotosRejected', { reason: reason ?? 'NONE' });
  else countFor(workflow, 'PhotosFailed');
}
