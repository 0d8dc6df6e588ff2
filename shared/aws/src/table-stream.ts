import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { count, logger } from '@happy-path/runtime/observability';
import type { DynamoDBBatchItemFailure } from 'aws-lambda';
import * as z from 'zod/mini';
import { sendDeadLetter } from './dead-letters.ts';

/** A record of a table's stream whose content nobody has looked at yet. */
export interface Unread {
  readonly sequenceNumber: string;
  /** Records of one item are to be handled in their order; undefined when the record does not tell its item. */
  readonly item: string | undefined;
  /** As it came. */
  readonly raw: unknown;
}

/** One change of an item with the keys PK and SK. */
export interface ItemChange {
  readonly kind: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly PK: string;
  readonly SK: string;
  /** When the item was changed; undefined when the record does not tell. */
  readonly changedAt: Date | undefined;
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>> | undefined;
}

const sequenceNumber = z.string().check(z.minLength(1));
const batch = z.object({ Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: sequenceNumber }) })) });
const keys = z.object({ PK: z.object({ S: z.string() }), SK: z.object({ S: z.string() }) });
const keyed = z.object({ dynamodb: z.object({ Keys: keys }) });
const image = z.optional(z.record(z.string(), z.custom<AttributeValue>()));
const record = z.object({
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: z.object({
    SequenceNumber: sequenceNumber,
    Keys: keys,
    NewImage: image,
    OldImage: image,
    // In seconds. Nobody's change is a dead letter for the lack of it.
    ApproximateCreationDateTime: z.catch(z.optional(z.number()), undefined),
  }),
});

/**
 * Handles every record of a batch: those of one item one after the other, those of different items side by side. Lambda
 * comes back with the batch from the lowest failed one on, and when it gives up it drops all of that.
 *
 * @param handle to be rejected only for what may go well later
 * @returns the records that failed, or came after one of their item that failed
 * @throws when this is no batch of a stream
 */
export async function failuresIn(
  event: unknown,
  handle: (record: Unread) => Promise<void>,
): Promise<DynamoDBBatchItemFailure[]> {
  const items = Map.groupBy(recordsOf(event), (each) => each.item ?? each.sequenceNumber);
  const failed = await Promise.all([...items.values()].map((records) => inOrder(records, handle)));
  return failed.flat().map((each) => ({ itemIdentifier: each.sequenceNumber }));
}

function recordsOf(event: unknown): Unread[] {
  z.parse(batch, event);
  return (event as { Records: { dynamodb: { SequenceNumber: string } }[] }).Records.map((raw) => {
    const known = z.safeParse(keyed, raw);
    return {
      sequenceNumber: raw.dynamodb.SequenceNumber,
      item: known.success ? `${known.data.dynamodb.Keys.PK.S}/${known.data.dynamodb.Keys.SK.S}` : undefined,
      raw,
    };
  });
}

async function inOrder(records: readonly Unread[], handle: (record: Unread) => Promise<void>): Promise<Unread[]> {
  for (const [index, { sequenceNumber, item }] of records.entries()) {
    try {
      await handle(records[index] as Unread);
    } catch (error) {
      logger.error('a change could not be handled', { sequenceNumber, item, error: error as Error });
      return records.slice(index);
    }
  }
  return [];
}

/**
 * Reads a record; one that can never be read is laid aside in the dead-letter queue at once, with the error: reported as
 * failed it would be read again for hours, and with it all that came after it.
 *
 * @param read throws when the record should tell something and does not
 * @returns undefined when there is nothing in it to handle, or nothing that can be
 * @throws when the record cannot be read and could not be laid aside either
 */
export async function readOrLayAside<T>(
  record: Unread,
  deadLetterQueueUrl: string,
  read: (change: ItemChange) => T | undefined,
): Promise<T | undefined> {
  const facts = { sequenceNumber: record.sequenceNumber, item: record.item };
  try {
    const told = read(changeOf(record.raw));
    if (told !== undefined) return told;
    logger.info('a change of nothing to handle', facts);
  } catch (error) {
    logger.error('a change can never be handled and is a dead letter', { ...facts, error: error as Error });
    await sendDeadLetter(deadLetterQueueUrl, record.raw, error);
    count('ChangesGivenUp');
  }
  return undefined;
}

function changeOf(raw: unknown): ItemChange {
  const { eventName, dynamodb } = z.parse(record, raw);
  const { Keys, OldImage, NewImage, ApproximateCreationDateTime: changed } = dynamodb;
  return {
    kind: eventName,
    PK: Keys.PK.S,
    SK: Keys.SK.S,
    changedAt: changed === undefined ? undefined : new Date(changed * 1000),
    before: OldImage && unmarshall(OldImage),
    after: NewImage && unmarshall(NewImage),
  };
}
