import { DeleteCommand, GetCommand, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { writeWithinQuota } from '@happy-path/aws/daily-quota';
import { documents } from '@happy-path/aws/dynamo';
import type { Review } from '../domain/review.ts';

export const reviewKey = (reviewId: string) => ({ PK: `review#${reviewId}`, SK: 'review' });

/** The one partition of the index of negative reviews: they are few. */
export const negativeList = 'negative';

/** Reviews are listed by the time they were posted. */
const positionOf = ({ createdAt, reviewId }: Pick<Review, 'createdAt' | 'reviewId'>) => `${createdAt}#${reviewId}`;

/** A page of reviews, newest first; `next` is the position of its last one while there are more. */
export interface ReviewPage {
  readonly reviews: readonly Review[];
  readonly next?: string;
}

/** Reviews as their readers and authors see them. */
export function reviewStore(tableName: string) {
  const TableName = tableName;

  return {
    /**
     * Stores a review and counts it against its author's quota, both or neither.
     *
     * @returns the review now stored under this id: the given one, or the one that was there before
     * @throws QuotaExceededError when the author has posted `dailyQuota` reviews on this UTC day
     * @throws AccountDeletedError when the author's account was closed
     */
    async addReview(review: Review, dailyQuota: number): Promise<Review> {
      const added = await writeWithinQuota(
        TableName,
        { owner: review.author, kind: 'reviews', limit: dailyQuota },
        {
          Put: {
            TableName,
            Item: { ...reviewKey(review.reviewId), ...review, position: positionOf(review) },
            ConditionExpression: 'attribute_not_exists(PK)',
          },
        },
      );
      if (added) return review;
      const stored = await this.readReview(review.reviewId);
      if (!stored) throw new Error(`Review ${review.reviewId} was refused as already stored, but is not there`);
      return stored;
    },

    /** Strongly consistent. */
    async readReview(reviewId: string): Promise<Review | undefined> {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: reviewKey(reviewId), ConsistentRead: true }),
      );
      return Item as Review | undefined;
    },

    reviewsOf: (subject: string, limit: number, after?: string): Promise<ReviewPage> =>
      page('by-subject', 'subject', subject, limit, after),

    /** Reviews found negative, of all subjects. */
    negativeReviews: (limit: number, after?: string): Promise<ReviewPage> =>
      page('negative', 'negativeList', negativeList, limit, after),

    /** Ids of an author's reviews, a page at a time; those of the last second may be missing. */
    async *reviewsBy(author: string): AsyncGenerator<string[]> {
      const pages = paginateQuery(
        { client: documents, pageSize: 25 },
        {
          TableName,
          IndexName: 'by-author',
          KeyConditionExpression: 'author = :author',
          ExpressionAttributeValues: { ':author': author },
        },
      );
      for await (const { Items = [] } of pages) yield Items.map(({ PK }) => String(PK).slice('review#'.length));
    },

    async deleteReview(reviewId: string): Promise<void> {
      await documents.send(new DeleteCommand({ TableName, Key: reviewKey(reviewId) }));
    },
  };

  async function page(
    IndexName: string,
    key: string,
    value: string,
    limit: number,
    after: string | undefined,
  ): Promise<ReviewPage> {
    const { Items = [], LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': key },
        ExpressionAttributeValues: { ':value': value },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey:
          after === undefined ? undefined : { [key]: value, position: after, ...reviewKey(after.split('#')[1] ?? '') },
      }),
    );
    const next: unknown = LastEvaluatedKey?.['position'];
    return { reviews: Items as unknown as Review[], ...(typeof next === 'string' && { next }) };
  }
}
