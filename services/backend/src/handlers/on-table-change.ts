import { failuresIn, type ItemChange, readOrLayAside, type Unread } from '@happy-path/aws/table-stream';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, countFor, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, DynamoDBBatchResponse } from 'aws-lambda';
import { publishPhotoEvent } from '../adapters/event-bus-publisher.ts';
import { pushes } from '../adapters/iot-push.ts';
import { tableChangeOf } from '../adapters/table-stream.ts';
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
 * Tells browsers and the bus what became of photos. Only what may go well later is reported as failed; a record that can
 * never be told is laid aside.
 *
 * @throws when the event is no batch of a stream
 */
export const handler = async (event: unknown, context: Context): Promise<DynamoDBBatchResponse> => {
  logger.addContext(context);
  logger.resetKeys();
  const batchItemFailures = await failuresIn(event, tell);
  flushMetrics();
  return { batchItemFailures };
};

async function tell(record: Unread): Promise<void> {
  const news = await readOrLayAside(record, env.DEAD_LETTER_QUEUE_URL, newsIn);
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

function newsIn(change: ItemChange): News | undefined {
  const told = tableChangeOf(change);
  return told && newsOf(told);
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
