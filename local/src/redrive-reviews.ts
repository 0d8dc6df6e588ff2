import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { reviewKey } from '../../services/reviews/src/adapters/dynamo-review-store.ts';
import { scoredAs } from '../../services/reviews/src/domain/languages.ts';
import { isToScore, type Review } from '../../services/reviews/src/domain/review.ts';
import { Failure } from './failure.ts';
import { say, step } from './progress.ts';
import { settledInBatches } from './settled.ts';
import { aligned } from './table.ts';
import type { Target } from './target.ts';

/** The statuses of a review's row, each of one step; set to RETRY it sets its step off again. */
type Status = 'translationStatus' | 'sentimentStatus' | 'alertStatus';
const unfinished: Readonly<Record<Status, readonly string[]>> = {
  translationStatus: ['PENDING', 'RETRY', 'FAILED'],
  sentimentStatus: ['PENDING', 'RETRY', 'FAILED'],
  alertStatus: ['MARKED', 'RETRY', 'CLAIMED'],
};

/** Also one that could not be scored while it was not translated, where its translation can be. */
const isUnfinished = (review: Review, status: Status): boolean =>
  unfinished[status].includes(review[status] ?? '') ||
  (status === 'sentimentStatus' && isToScore(review) && scoredAs(review.translatedLanguage ?? '') !== undefined);

/** How long a review may be on its way before it counts as left behind, in milliseconds. */
const patienceMs = 10 * 60_000;
const reasonWidth = 100;

/** A review that a step has not finished, and which statuses say so. */
export interface LeftReview {
  readonly review: Review;
  readonly statuses: readonly Status[];
}

/**
 * Takes reviews up again that stayed untranslated, unscored or untold for ten minutes: their rows are marked, and the marks
 * set off the steps. Safe to repeat, and while reviews are posted.
 */
export async function redriveReviews(target: Target, dryRun: boolean): Promise<boolean> {
  const reviews = await connectToReviews(target);
  const left = await step(`find unfinished reviews on ${target.name}`, reviews.left, ({ length }) => `${length}`);
  if (left.length === 0) return true;
  for (const line of table(left)) console.log(line);
  if (dryRun) {
    say(`Nothing was changed. Redrive them: ${target.command('redrive', { SERVICE: 'reviews' })}`);
    return true;
  }
  const results = await step(
    'have them taken up again',
    (tell) => settledInBatches(left, reviews.retry, (done) => tell(`${done} of ${left.length}`)),
    (all) => `${all.filter(({ status, value }) => status === 'fulfilled' && value).length} of ${left.length}`,
  );
  for (const [index, { reason }] of results.entries())
    if (reason !== undefined) say(`${left[index]?.review.reviewId} stays as it is for now: ${reason}`);
  return results.every(({ status }) => status === 'fulfilled');
}

/** Marked a moment ago, or just in somebody's hands. */
const isBeingTold = ({ negativeSince = '', alertClaimedUntil = '' }: Review, before: string): boolean =>
  negativeSince > before || alertClaimedUntil > new Date().toISOString();

function table(left: readonly LeftReview[]): string[] {
  const rows = left.map(({ review }) => {
    const { reviewId, createdAt, translationStatus, sentimentStatus, alertStatus = '-' } = review;
    const reason = (review.translationReason ?? review.sentimentReason ?? '').replaceAll(/\s+/g, ' ');
    const short = reason.length > reasonWidth ? `${reason.slice(0, reasonWidth - 1)}…` : reason;
    return [reviewId, createdAt, translationStatus, sentimentStatus, alertStatus, short];
  });
  return aligned([['review', 'posted', 'translation', 'sentiment', 'alert', 'reason'], ...rows]);
}

async function connectToReviews({ config, stage, name }: Target) {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const ssm = new SSMClient(config);
  const parameter = async (key: string) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/happy-path/${stage}/reviews/${key}` }));
    return Parameter?.Value ?? '';
  };
  const [TableName = '', steps = ''] = await Promise.all(['table-name', 'steps'].map(parameter)).catch(
    (cause: unknown) => {
      if (!(cause instanceof ParameterNotFound)) throw cause;
      throw new Failure(`The reviews are not deployed on ${name}.`, { cause });
    },
  );
  // Of a step that is switched off nothing is left behind.
  const watched: Status[] = [
    ...(steps.includes('translate=true') ? (['translationStatus'] as const) : []),
    ...(steps.includes('score=true') ? (['sentimentStatus', 'alertStatus'] as const) : []),
  ];

  return {
    /** The longest ago first. A scan of the whole table: an operator does this rarely. */
    async left(): Promise<LeftReview[]> {
      const before = new Date(Date.now() - patienceMs).toISOString();
      const pages = paginateScan(
        { client: documents },
        {
          TableName,
          ConsistentRead: true,
          FilterExpression: 'SK = :row AND createdAt < :before',
          ExpressionAttributeValues: { ':row': reviewKey('').SK, ':before': before },
        },
      );
      const left: LeftReview[] = [];
      for await (const { Items = [] } of pages)
        for (const review of Items as Review[]) {
          const statuses = watched.filter((status) => isUnfinished(review, status));
          const owed = isBeingTold(review, before) ? statuses.filter((status) => status !== 'alertStatus') : statuses;
          if (owed.length > 0) left.push({ review, statuses: owed });
        }
      return left.sort((a, b) => a.review.createdAt.localeCompare(b.review.createdAt));
    },

    /** @returns false when the review was finished or removed meanwhile */
    async retry({ review, statuses }: LeftReview): Promise<boolean> {
      try {
        await documents.send(
          new UpdateCommand({
            TableName,
            Key: reviewKey(review.reviewId),
            UpdateExpression: `SET redrivenAt = :now, ${statuses.map((status) => `${status} = :retry`).join(', ')}`,
            ConditionExpression: statuses.map((status) => `${status} = :${status}`).join(' AND '),
            ExpressionAttributeValues: {
              ...Object.fromEntries(statuses.map((status) => [`:${status}`, review[status]])),
              // Without it nothing would change of a review that was taken up before, and no step would be set off.
              ':now': new Date().toISOString(),
              ':retry': 'RETRY',
            },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
  };
}
