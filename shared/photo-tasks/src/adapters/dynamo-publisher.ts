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

/** `withdrawn`: removed by its owner, or given up by the sweep. `superseded`: another run has claimed the photo since; what it stored under the same names is not ours to touch. */
export type PublicationOutcome =
  | { readonly outcome: 'published'; readonly sinceUploadMs: number }
  | { readonly outcome: 'withdrawn' | 'superseded' };

/** In one transaction: the photo's row becomes PROCESSED, and the photo appears at its place. Safe to run again. */
export async function publishPhoto(tableName: string, publication: Publication): Promise<PublicationOutcome> {
  const photo = await readPhoto(tableName, publication.photoId);
  if (photo?.objStatus !== 'PROCESSING' || isLost(photo, publication)) return outcomeFor(photo, publication);
  try {
    await documents.send(new TransactWriteCommand({ TransactItems: publicationWrites(tableName, photo, publication) }));
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
    return outcomeFor(await readPhoto(tableName, publication.photoId), publication);
  }
  return published(photo, publication);
}

const isLost = (photo: PhotoRecord, { executionId }: Publication): boolean =>
  photo.executionId !== executionId || photo.deleteRequestedAt !== undefined;

/** What became of a photo that can not be published (any more). */
function outcomeFor(photo: PhotoRecord | undefined, publication: Publication): PublicationOutcome {
  if (photo === undefined || photo.deleteRequestedAt !== undefined) return { outcome: 'withdrawn' };
  if (photo.executionId !== publication.executionId) return { outcome: 'superseded' };
  return photo.objStatus === 'PROCESSED' ? published(photo, publication) : { outcome: 'withdrawn' };
}

const published = (photo: PhotoRecord, { now }: Publication): PublicationOutcome => ({
  outcome: 'published',
  sinceUploadMs: now.getTime() - Date.parse(photo.uploadedAt ?? photo.createdAt),
});

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
