import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documents, unlessConditionFails } from '@happy-path/aws/dynamo';
import type { Score } from '../domain/scoring.ts';
import type { Translation } from '../domain/translation.ts';
import { negativeList, reviewKey } from './dynamo-review-store.ts';

/** When a step may write to a row. */
interface Openness {
  readonly condition: string;
  readonly values: Readonly<Record<string, string>>;
}

const open = { ':pending': 'PENDING', ':retry': 'RETRY' };
const isUntranslated: Openness = { condition: 'translationStatus IN (:pending, :retry)', values: open };
/** See isToScore. */
const isUnscored: Openness = {
  condition:
    'sentimentStatus IN (:pending, :retry) OR (sentimentStatus = :unsupported AND translationStatus = :translated)',
  values: { ...open, ':unsupported': 'UNSUPPORTED_LANGUAGE', ':translated': 'TRANSLATED' },
};

/** What the steps write to a review's row: attributes of each one's own, and only while its status is open. */
export function stepStore(tableName: string) {
  return {
    async storeTranslation(reviewId: string, translation: Translation): Promise<boolean> {
      const { translationStatus, translatedText, translatedLanguage, translationReason, detected } = translation;
      return await writeOpen(tableName, reviewId, isUntranslated, {
        translationStatus,
        translatedAt: new Date().toISOString(),
        translatedText,
        translatedLanguage,
        translationReason,
        ...detected,
      });
    },

    /** The mark of an alarming review comes with its score: there is no moment at which it has one without the other. */
    async storeScore(reviewId: string, score: Score): Promise<boolean> {
      const now = new Date().toISOString();
      const { sentimentStatus } = score;
      if (sentimentStatus !== 'SCORED')
        return await writeOpen(tableName, reviewId, isUnscored, {
          sentimentStatus,
          scoredAt: now,
          sentimentReason: sentimentStatus === 'FAILED' ? score.sentimentReason : undefined,
        });
      return await writeOpen(tableName, reviewId, isUnscored, {
        sentimentStatus,
        scoredAt: now,
        sentiment: score.scored.sentiment,
        sentimentScore: score.scored.score,
        sentimentReason: undefined,
        ...(score.isAlarming && { negativeSince: now, negativeList, alertStatus: 'MARKED' }),
      });
    },

    /** While it is RETRY, another change of the row would set the step off again. */
    async recordAnnounced(reviewId: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: reviewKey(reviewId),
            UpdateExpression: 'SET announcedAt = :now',
            ConditionExpression: 'alertStatus IN (:marked, :claimed, :alerted)',
            ExpressionAttributeValues: {
              ':now': new Date().toISOString(),
              ':marked': 'MARKED',
              ':claimed': 'CLAIMED',
              ':alerted': 'ALERTED',
            },
          }),
        ),
      );
    },
  };
}

/** Sets attributes, or removes those that are undefined. @returns false when the status is open no more */
async function writeOpen(
  TableName: string,
  reviewId: string,
  { condition, values }: Openness,
  attributes: Record<string, unknown>,
): Promise<boolean> {
  const names = Object.keys(attributes);
  const set = names.filter((name) => attributes[name] !== undefined);
  const remove = names.filter((name) => attributes[name] === undefined);
  const written = await unlessConditionFails(
    documents.send(
      new UpdateCommand({
        TableName,
        Key: reviewKey(reviewId),
        UpdateExpression:
          `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}` +
          (remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : ''),
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])),
          ...values,
        },
      }),
    ),
  );
  return written !== undefined;
}
