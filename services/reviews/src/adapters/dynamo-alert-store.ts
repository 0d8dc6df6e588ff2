import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documentsWith, unlessConditionFails } from '@happy-path/aws/dynamo';
import type { Review } from '../domain/review.ts';
import { reviewKey } from './dynamo-review-store.ts';
import { patience } from './patience.ts';

const documents = documentsWith(patience);

const isMine = 'alertClaim = :claim AND alertStatus = :claimed';

/** See AlertBatchPorts. */
export function alertStore(tableName: string) {
  const TableName = tableName;

  return {
    async claimAlert(reviewId: string, claim: string, until: string): Promise<Review | undefined> {
      const written = await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: reviewKey(reviewId),
            UpdateExpression: 'SET alertStatus = :claimed, alertClaim = :claim, alertClaimedUntil = :until',
            ConditionExpression:
              'alertStatus IN (:marked, :retry) OR (alertStatus = :claimed AND alertClaimedUntil < :now)' +
              // The SDK's second attempt at a claim whose first one was answered to nobody.
              ' OR (alertStatus = :claimed AND alertClaim = :claim)',
            ExpressionAttributeValues: {
              ':claimed': 'CLAIMED',
              ':marked': 'MARKED',
              ':retry': 'RETRY',
              ':claim': claim,
              ':until': until,
              ':now': new Date().toISOString(),
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return written?.Attributes as Review | undefined;
    },

    async releaseAlert(reviewId: string, claim: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: reviewKey(reviewId),
            UpdateExpression: 'SET alertStatus = :marked REMOVE alertClaim, alertClaimedUntil',
            ConditionExpression: isMine,
            ExpressionAttributeValues: { ':marked': 'MARKED', ':claim': claim, ':claimed': 'CLAIMED' },
          }),
        ),
      );
    },

    async settleAlert(reviewId: string, claim: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: reviewKey(reviewId),
            UpdateExpression: 'SET alertStatus = :alerted, alertedAt = :now REMOVE alertClaim, alertClaimedUntil',
            ConditionExpression: isMine,
            ExpressionAttributeValues: {
              ':alerted': 'ALERTED',
              ':now': new Date().toISOString(),
              ':claim': claim,
              ':claimed': 'CLAIMED',
            },
          }),
        ),
      );
    },
  };
}
