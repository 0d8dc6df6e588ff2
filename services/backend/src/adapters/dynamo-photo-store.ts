import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  openWorkKey,
  openWorkPartition,
  openWorkShards,
  type PhotoRecord,
  photoKey,
  publishedPhotoKey,
} from '@happy-path/photos/photo-record';
import type { ArrivedObject } from '../domain/arrival.ts';
import { AccountDeletedError, NotFoundError, QuotaExceededError } from '../domain/errors.ts';
import type { OpenWork } from '../domain/sweep.ts';
import { pendingUploadSeconds } from '../domain/upload-request.ts';
import { documents, unlessConditionFails } from './dynamo.ts';
import { accountKey, quotaPartition } from './dynamo-account-store.ts';

const ownerPartition = (owner: string) => `owner#${owner}`;

/** Photos as their owner and the upload path see them. */
export function photoStore(tableName: string) {
  const TableName = tableName;

  return {
    /** Strongly consistent. A photo whose removal was asked for is still returned, with `deleteRequestedAt`. */
    async readPhoto(photoId: string): Promise<PhotoRecord | undefined> {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: photoKey(photoId), ConsistentRead: true }),
      );
      return Item as PhotoRecord | undefined;
    },

    /**
     * Stores a photo that is about to be uploaded and counts it against its owner's quota, both or neither.
     *
     * @throws NotFoundError when the place does not exist
     * @throws QuotaExceededError when the owner has started `dailyQuota` uploads on this UTC day
     * @throws AccountDeletedError when the owner's account was closed
     */
    async startUpload(photo: PhotoRecord, dailyQuota: number): Promise<void> {
      const createdAt = new Date(photo.createdAt);
      const day = photo.createdAt.slice(0, 10);
      const epochSeconds = Math.floor(createdAt.getTime() / 1000);
      try {
        await documents.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                ConditionCheck: {
                  TableName,
                  Key: { PK: `place#${photo.placeId}`, SK: 'listing' },
                  ConditionExpression: 'attribute_exists(PK)',
                },
              },
              {
                Update: {
                  TableName,
                  Key: { PK: quotaPartition(photo.owner), SK: day },
                  UpdateExpression: 'ADD #count :one SET expiresAt = :expiresAt',
                  ConditionExpression: 'attribute_not_exists(#count) OR #count < :quota',
                  ExpressionAttributeNames: { '#count': 'count' },
                  ExpressionAttributeValues: {
                    ':one': 1,
                    ':quota': dailyQuota,
                    ':expiresAt': epochSeconds + 2 * 86_400,
                  },
                },
              },
              {
                ConditionCheck: {
                  TableName,
                  Key: accountKey(photo.owner),
                  ConditionExpression: 'attribute_not_exists(PK)',
                },
              },
              {
                Put: {
                  TableName,
                  Item: {
                    ...photoKey(photo.photoId),
                    ...photo,
                    expiresAt: epochSeconds + pendingUploadSeconds,
                    GSI1PK: ownerPartition(photo.owner),
                    GSI1SK: `${photo.createdAt}#${photo.photoId}`,
                    ...openWorkKey('PENDING_UPLOAD', photo.photoId, photo.createdAt),
                  },
                  ConditionExpression: 'attribute_not_exists(PK)',
                },
              },
            ],
          }),
        );
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const failed = (error.CancellationReasons ?? []).map((reason) => reason.Code === 'ConditionalCheckFailed');
        const [placeMissing, quotaUsedUp, accountClosed] = failed;
        if (accountClosed) throw new AccountDeletedError();
        if (placeMissing) throw new NotFoundError(`There is no place ${photo.placeId}`);
        if (quotaUsedUp)
          throw new QuotaExceededError(`At most ${dailyQuota} uploads a day`, secondsUntilTomorrow(createdAt));
        throw error;
      }
    },

    /** See ArrivalPorts. The newest version wins while no workflow has claimed the photo. */
    async markUploaded(photoId: string, object: ArrivedObject, sequencer: string): Promise<PhotoRecord | undefined> {
      const now = new Date().toISOString();
      const open = openWorkKey('UPLOADED', photoId, now);
      const written = await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photoId),
            UpdateExpression:
              'SET objStatus = :uploaded, versionId = :versionId, etag = :etag, sequencer = :sequencer, uploadedAt = :now, ' +
              'updatedAt = :now, GSI2PK = :openPK, GSI2SK = :openSK REMOVE expiresAt',
            ConditionExpression:
              'attribute_not_exists(deleteRequestedAt) AND ' +
              '(objStatus = :pending OR (objStatus = :uploaded AND sequencer < :sequencer))',
            ExpressionAttributeValues: {
              ':uploaded': 'UPLOADED',
              ':pending': 'PENDING_UPLOAD',
              ':versionId': object.versionId,
              ':etag': object.etag,
              ':sequencer': sequencer,
              ':now': now,
              ':openPK': open.GSI2PK,
              ':openSK': open.GSI2SK,
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return written?.Attributes as PhotoRecord | undefined;
    },

    /** An owner's photos, newest first; `after` is the sort key of the last one of the page before. */
    async photosBy(owner: string, limit: number, after?: string): Promise<{ photos: PhotoRecord[]; next?: string }> {
      const { Items = [], LastEvaluatedKey } = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: 'GSI1',
          KeyConditionExpression: 'GSI1PK = :owner',
          ExpressionAttributeValues: { ':owner': ownerPartition(owner) },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey:
            after === undefined
              ? undefined
              : { GSI1PK: ownerPartition(owner), GSI1SK: after, ...photoKey(after.split('#')[1] ?? '') },
        }),
      );
      const next: unknown = LastEvaluatedKey?.['GSI1SK'];
      return { photos: Items as unknown as PhotoRecord[], ...(typeof next === 'string' && { next }) };
    },

    async *photosOf(owner: string): AsyncGenerator<string[]> {
      const pages = paginateQuery(
        { client: documents, pageSize: 25 },
        {
          TableName,
          IndexName: 'GSI1',
          KeyConditionExpression: 'GSI1PK = :owner',
          ExpressionAttributeValues: { ':owner': ownerPartition(owner) },
        },
      );
      for await (const { Items = [] } of pages) yield Items.map((item) => String(item['photoId']));
    },

    async *openWork(work: OpenWork, before: string): AsyncGenerator<string[]> {
      for (let shard = 0; shard < openWorkShards; shard += 1) {
        const pages = paginateQuery(
          { client: documents, pageSize: 25 },
          {
            TableName,
            IndexName: 'GSI2',
            KeyConditionExpression: 'GSI2PK = :open AND GSI2SK < :before',
            ExpressionAttributeValues: { ':open': openWorkPartition(work, shard), ':before': before },
          },
        );
        for await (const { Items = [] } of pages) {
          const keys = Items.map((item) => ({ PK: String(item['PK']), SK: String(item['SK']) }));
          yield work === 'CLOSING_ACCOUNT' ? await ownersOf(keys) : keys.map((key) => key.PK.slice('photo#'.length));
        }
      }
    },

    async postpone(photoId: string, now: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photoId),
            UpdateExpression: 'SET GSI2SK = :now',
            ConditionExpression: 'objStatus = :uploaded AND attribute_not_exists(deleteRequestedAt)',
            ExpressionAttributeValues: { ':now': now, ':uploaded': 'UPLOADED' },
          }),
        ),
      );
    },

    async expireUpload(photoId: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new DeleteCommand({
            TableName,
            Key: photoKey(photoId),
            ConditionExpression: 'objStatus = :pending',
            ExpressionAttributeValues: { ':pending': 'PENDING_UPLOAD' },
          }),
        ),
      );
    },

    async failAbandoned(photo: PhotoRecord): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photo.photoId),
            UpdateExpression:
              'SET objStatus = :failed, reason = :reason, reasonDetail = :detail, updatedAt = :now REMOVE GSI2PK, GSI2SK',
            ConditionExpression:
              'objStatus = :processing AND executionId = :executionId AND attribute_not_exists(deleteRequestedAt)',
            ExpressionAttributeValues: {
              ':failed': 'FAILED',
              ':processing': 'PROCESSING',
              ':executionId': photo.executionId,
              ':reason': 'SYSTEM_FAULT',
              ':detail':
                'Something went wrong on our side while your photo was being prepared. Please upload it again.',
              ':now': new Date().toISOString(),
            },
          }),
        ),
      );
    },

    /** See RemovalPorts. Asking again returns the photo again, so that a removal cut short can be completed. */
    async requestRemoval(photoId: string, owner: string): Promise<PhotoRecord | undefined> {
      const now = new Date().toISOString();
      const open = openWorkKey('REMOVING', photoId, now);
      const written = await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photoId),
            UpdateExpression:
              'SET deleteRequestedAt = if_not_exists(deleteRequestedAt, :now), GSI2PK = :openPK, GSI2SK = :openSK, ' +
              'updatedAt = :now REMOVE GSI1PK, GSI1SK, expiresAt',
            ConditionExpression: '#owner = :owner',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: {
              ':owner': owner,
              ':now': now,
              ':openPK': open.GSI2PK,
              ':openSK': open.GSI2SK,
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return written?.Attributes as PhotoRecord | undefined;
    },

    /** Lists an object without a photo for removal. A row that is there already is on its way, or not an orphan's. */
    async scheduleRemoval(photoId: string): Promise<void> {
      const now = new Date().toISOString();
      await unlessConditionFails(
        documents.send(
          new PutCommand({
            TableName,
            Item: { ...photoKey(photoId), photoId, deleteRequestedAt: now, ...openWorkKey('REMOVING', photoId, now) },
            ConditionExpression: 'attribute_not_exists(PK)',
          }),
        ),
      );
    },

    async removePublished(photo: PhotoRecord): Promise<void> {
      // An object that belonged to no photo was at no place.
      if (photo.placeId === undefined) return;
      await documents.send(new DeleteCommand({ TableName, Key: publishedPhotoKey(photo) }));
    },

    async removeRecord(photoId: string): Promise<void> {
      await documents.send(new DeleteCommand({ TableName, Key: photoKey(photoId) }));
    },
  };

  async function ownersOf(keys: readonly { PK: string; SK: string }[]): Promise<string[]> {
    const items = await Promise.all(
      keys.map((Key) => documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))),
    );
    return items.flatMap(({ Item }) => (typeof Item?.['owner'] === 'string' ? [Item['owner']] : []));
  }
}

function secondsUntilTomorrow(now: Date): number {
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Math.ceil((tomorrow - now.getTime()) / 1000);
}
