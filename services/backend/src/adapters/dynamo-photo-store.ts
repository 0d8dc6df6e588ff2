import { DeleteCommand, GetCommand, paginateQuery, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documents, unlessConditionFails } from '@happy-path/aws/dynamo';
import {
  openWorkKey,
  openWorkPartition,
  openWorkShards,
  type PhotoRecord,
  photoKey,
  publishedPhotoKey,
} from '@happy-path/photos/photo-record';
import type { ArrivedObject } from '../domain/arrival.ts';
import type { RemovablePhoto } from '../domain/removal.ts';
import type { OpenWork } from '../domain/sweep.ts';
import { pendingUploadSeconds } from '../domain/upload-request.ts';
import { writeWithinQuota } from './dynamo-account-store.ts';

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
     * @throws QuotaExceededError when the owner has started `dailyQuota` uploads on this UTC day
     * @throws AccountDeletedError when the owner's account was closed
     */
    async startUpload(photo: PhotoRecord, dailyQuota: number): Promise<void> {
      const started = await writeWithinQuota(
        TableName,
        { owner: photo.owner, kind: 'uploads', limit: dailyQuota },
        {
          Put: {
            TableName,
            Item: {
              ...photoKey(photo.photoId),
              ...photo,
              expiresAt: Math.floor(Date.parse(photo.createdAt) / 1000) + pendingUploadSeconds,
              GSI1PK: ownerPartition(photo.owner),
              GSI1SK: `${photo.createdAt}#${photo.photoId}`,
              ...openWorkKey('PENDING_UPLOAD', photo.photoId, photo.createdAt),
            },
            ConditionExpression: 'attribute_not_exists(PK)',
          },
        },
      );
      if (!started) throw new Error(`Photo id ${photo.photoId} is taken`);
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

    async postpone(photoId: string, status: OpenWork, until: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photoId),
            UpdateExpression: 'SET GSI2SK = :until',
            ConditionExpression: 'objStatus = :status AND attribute_not_exists(deleteRequestedAt)',
            ExpressionAttributeValues: { ':until': until, ':status': status },
          }),
        ),
      );
    },

    async expireUpload(photoId: string, startedBefore: string): Promise<boolean> {
      const expired = await unlessConditionFails(
        documents.send(
          new DeleteCommand({
            TableName,
            Key: photoKey(photoId),
            ConditionExpression:
              'objStatus = :pending AND createdAt < :before AND attribute_not_exists(deleteRequestedAt)',
            ExpressionAttributeValues: { ':pending': 'PENDING_UPLOAD', ':before': startedBefore },
          }),
        ),
      );
      return expired !== undefined;
    },

    async failAbandoned(photo: PhotoRecord): Promise<boolean> {
      const failed = await unlessConditionFails(
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
      return failed !== undefined;
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

    /** See ArrivalPorts. A removal that was asked for starts anew: what has just arrived is to be found by it. */
    async scheduleRemoval(photoId: string): Promise<void> {
      const now = new Date().toISOString();
      const open = openWorkKey('REMOVING', photoId, now);
      await unlessConditionFails(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photoId),
            UpdateExpression:
              'SET photoId = :photoId, deleteRequestedAt = if_not_exists(deleteRequestedAt, :now), updatedAt = :now, ' +
              'GSI2PK = :openPK, GSI2SK = :openSK',
            ConditionExpression: 'attribute_not_exists(PK) OR attribute_exists(deleteRequestedAt)',
            ExpressionAttributeValues: {
              ':photoId': photoId,
              ':now': now,
              ':openPK': open.GSI2PK,
              ':openSK': open.GSI2SK,
            },
          }),
        ),
      );
    },

    async removePublished({ placeId, createdAt, photoId }: RemovablePhoto): Promise<void> {
      // An object that belonged to no photo was at no place.
      if (placeId === undefined || createdAt === undefined) return;
      await documents.send(new DeleteCommand({ TableName, Key: publishedPhotoKey({ placeId, createdAt, photoId }) }));
    },

    async removeRecord(photoId: string, unchangedSince: string): Promise<void> {
      await unlessConditionFails(
        documents.send(
          new DeleteCommand({
            TableName,
            Key: photoKey(photoId),
            ConditionExpression: 'updatedAt = :unchangedSince',
            ExpressionAttributeValues: { ':unchangedSince': unchangedSince },
          }),
        ),
      );
    },
  };

  async function ownersOf(keys: readonly { PK: string; SK: string }[]): Promise<string[]> {
    const items = await Promise.all(
      keys.map((Key) => documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))),
    );
    return items.flatMap(({ Item }) => (typeof Item?.['owner'] === 'string' ? [Item['owner']] : []));
  }
}
