import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeWithinQuota } from '@happy-path/aws/daily-quota';
import { documents, unlessConditionFails } from '@happy-path/aws/dynamo';
import type { Picture } from '../domain/pictures.ts';
import type { Review } from '../domain/review.ts';
import { reviewKey } from './dynamo-review-store.ts';

/** The pictures in a review's row. See PlacePorts and ArrivalPorts. */
export function pictureStore(tableName: string) {
  const TableName = tableName;

  return {
    /** Counts the picture against its author's quota, both or neither. */
    async addPicture(
      { reviewId, author, mediaVersion }: Review,
      mediaId: string,
      picture: Picture,
      dropped: readonly string[],
      dailyQuota: number,
    ): Promise<boolean> {
      const droppedNames = Object.fromEntries(dropped.map((id, index) => [`#dropped${index}`, id]));
      const removal = Object.keys(droppedNames).map((name) => `media.${name}`);
      return await writeWithinQuota(
        TableName,
        { owner: author, kind: 'pictures', limit: dailyQuota },
        {
          Update: {
            TableName,
            Key: reviewKey(reviewId),
            UpdateExpression:
              'SET media.#id = :picture, mediaVersion = :next' +
              (removal.length > 0 ? ` REMOVE ${removal.join(', ')}` : ''),
            ConditionExpression:
              mediaVersion === undefined
                ? 'attribute_exists(PK) AND attribute_not_exists(mediaVersion)'
                : 'mediaVersion = :version',
            ExpressionAttributeNames: { '#id': mediaId, ...droppedNames },
            ExpressionAttributeValues: {
              ':picture': picture,
              ':next': (mediaVersion ?? 0) + 1,
              ':version': mediaVersion,
            },
          },
        },
      );
    },

    async settlePicture(reviewId: string, mediaId: string, picture: Picture): Promise<boolean> {
      const written = await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: reviewKey(reviewId),
            UpdateExpression: 'SET media.#id = :picture',
            ConditionExpression: 'media.#id.#status = :pending',
            ExpressionAttributeNames: { '#id': mediaId, '#status': 'status' },
            ExpressionAttributeValues: { ':picture': picture, ':pending': 'PENDING' },
          }),
        ),
      );
      return written !== undefined;
    },
  };
}
