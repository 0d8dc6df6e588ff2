import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type PhotoRecord, type PublishedPhoto, photoKey, publishedPhotoKey } from '@happy-path/photos/photo-record';
import type { RenderedPhoto } from '../domain/resize-outcome.ts';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});

export interface Publication {
  readonly photoId: string;
  /** The run that claimed the photo; only it may publish. */
  readonly executionId: string;
  readonly resized: RenderedPhoto;
  readonly now: Date;
}

/**
 * In one transaction: the photo's row becomes PROCESSED, and the photo appears at its place.
 *
 * @returns how long that took since the upload arrived, or undefined when the photo was withdrawn or is another run's
 */
export async function publishPhoto(
  tableName: string,
  publication: Publication,
): Promise<{ sinceUploadMs: number } | undefined> {
  const photo = await readPhoto(tableName, publication.photoId);
  if (!photo || photo.executionId !== publication.executionId || photo.deleteRequestedAt !== undefined)
    return undefined;
  if (photo.objStatus !== 'PROCESSED') {
    try {
      await documents.send(
        new TransactWriteCommand({ TransactItems: publicationWrites(tableName, photo, publication) }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const current = await readPhoto(tableName, publication.photoId);
      const isOurs = current?.objStatus === 'PROCESSED' && current.executionId === publication.executionId;
      if (!isOurs || current.deleteRequestedAt !== undefined) return undefined;
    }
  }
  return { sinceUploadMs: publication.now.getTime() - Date.parse(photo.uploadedAt ?? photo.createdAt) };
}

async function readPhoto(TableName: string, photoId: string): Promise<PhotoRecord | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName, Key: photoKey(photoId), ConsistentRead: true }));
  return Item as PhotoRecord | undefined;
}

function publicationWrites(TableName: string, photo: PhotoRecord, { executionId, resized, now }: Publication) {
  const { outcome: _, ...facts } = resized;
  const visible: PublishedPhoto = {
    photoId: photo.photoId,
    placeId: photo.placeId,
    createdAt: photo.createdAt,
    ...facts,
  };
  return [
    {
      Update: {
        TableName,
        Key: photoKey(photo.photoId),
        UpdateExpression: 'SET objStatus = :processed, processedAt = :now, updatedAt = :now REMOVE GSI2PK, GSI2SK',
        ConditionExpression:
          'objStatus = :processing AND executionId = :execution AND attribute_not_exists(deleteRequestedAt)',
        ExpressionAttributeValues: {
          ':processed': 'PROCESSED',
          ':processing': 'PROCESSING',
          ':execution': executionId,
          ':now': now.toISOString(),
        },
      },
    },
    {
      Put: {
        TableName,
        Item: { ...publishedPhotoKey(photo), ...visible, owner: photo.owner },
        ConditionExpression: 'attribute_not_exists(PK)',
      },
    },
  ];
}

const isConditionFailure = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some((reason) => reason.Code === 'ConditionalCheckFailed');
