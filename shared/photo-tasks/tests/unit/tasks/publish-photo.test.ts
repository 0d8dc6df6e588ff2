import '../environment.ts';

import { ProvisionedThroughputExceededException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { PhotoRecord } from '@happy-path/photos/photo-record';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../src/tasks/publish-photo.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);

const photoId = '3f0c9a7b5d2e48619ab47c5e0d1f8a23';
const claimed: PhotoRecord = {
  photoId,
  placeId: 'hyde-park',
  owner: '52f5b4d4-80e1-7041-2d1c-6f8a3c9e17b0',
  objStatus: 'PROCESSING',
  contentType: 'image/jpeg',
  size: 4_213_987,
  correlationId: 'correlation-1',
  createdAt: '2026-06-14T09:40:00.000Z',
  updatedAt: '2026-06-14T09:41:30.000Z',
  uploadedAt: '2026-06-14T09:41:27.000Z',
  executionId: 'run-1',
};
const rendition = (name: string) => ({
  kind: 'tile' as const,
  type: 'image/webp' as const,
  key: `photos/${photoId}/${name}`,
  width: 400,
  height: 400,
  bytes: 29_876,
});
const publication = {
  photoId,
  correlationId: 'correlation-1',
  executionId: 'run-1',
  resized: {
    outcome: 'RENDERED',
    width: 3024,
    height: 4032,
    takenAt: '2026-06-14T10:38:52+01:00',
    camera: 'Google Pixel 8',
    renditions: [rendition('tile.webp'), rendition('scaled.webp')],
  },
};

/** What the task reads: the row before the transaction and, when that is cancelled, the row after it. */
function rowIs(before: PhotoRecord | undefined, after = before) {
  dynamo
    .on(GetCommand)
    .resolvesOnce(before ? { Item: before } : {})
    .resolves(after ? { Item: after } : {});
}
const cancelledBecause = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const removedObjects = () =>
  s3.commandCalls(DeleteObjectCommand).map(({ args: [{ input }] }) => `${input.Bucket}/${input.Key}`);
const transactions = () => dynamo.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems);

beforeEach(() => {
  dynamo.reset();
  s3.reset();
  dynamo.on(TransactWriteCommand).resolves({});
  s3.on(DeleteObjectCommand).resolves({});
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-06-14T09:41:40.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('publishing a photo', () => {
  it('ends the photo as PROCESSED and shows it at its place, in one transaction', async () => {
    rowIs(claimed);

    expect(await handler(publication, context)).toEqual({ outcome: 'PUBLISHED' });

    expect(transactions()).toMatchObject([
      [
        {
          Update: {
            Key: { PK: `photo#${photoId}`, SK: 'workflow' },
            ExpressionAttributeValues: {
              ':processed': 'PROCESSED',
              ':processing': 'PROCESSING',
              ':execution': 'run-1',
            },
          },
        },
        { Put: { Item: { PK: 'place#hyde-park', SK: `photo#2026-06-14T09:40:00.000Z#${photoId}` } } },
      ],
    ]);
    expect(removedObjects()).toEqual([]);
  });

  it('writes only as long as this run has the photo and nobody asked for its removal', async () => {
    rowIs(claimed);

    await handler(publication, context);

    const [update, put] = transactions()[0] ?? [];
    for (const condition of [
      'objStatus = :processing',
      'executionId = :execution',
      'attribute_not_exists(deleteRequestedAt)',
    ])
      expect(update?.Update?.ConditionExpression?.split(' AND ')).toContain(condition);
    expect(put?.Put?.ConditionExpression).toBe('attribute_not_exists(PK)');
  });

  it('takes the photo off the list of open work', async () => {
    rowIs(claimed);

    await handler(publication, context);

    expect(transactions()[0]?.[0]?.Update?.UpdateExpression).toMatch(/ REMOVE GSI2PK, GSI2SK$/);
  });

  it('shows what the Resizer found out, and only that', async () => {
    rowIs(claimed);

    await handler(publication, context);

    const { outcome: _, ...facts } = publication.resized;
    expect(transactions()[0]?.[1]?.Put?.Item).toEqual({
      PK: 'place#hyde-park',
      SK: `photo#2026-06-14T09:40:00.000Z#${photoId}`,
      photoId,
      placeId: 'hyde-park',
      owner: claimed.owner,
      createdAt: '2026-06-14T09:40:00.000Z',
      ...facts,
    });
  });

  it('measures the time from upload to published', async () => {
    rowIs(claimed);

    await handler(publication, context);

    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadToPublished: 13_000 }));
  });

  it('names photo and correlation id in its log, but not the owner', async () => {
    rowIs(claimed);

    await handler(publication, context);

    expect(output.entries()[0]).toMatchObject({
      message: 'publish ended',
      outcome: 'published',
      photoId,
      correlationId: 'correlation-1',
    });
    expect(output.text()).not.toContain(claimed.owner);
  });
});

describe('publishing again', () => {
  it('is PUBLISHED without another write, when this run did it before', async () => {
    rowIs({ ...claimed, objStatus: 'PROCESSED' });

    expect(await handler(publication, context)).toEqual({ outcome: 'PUBLISHED' });

    expect(transactions()).toEqual([]);
    expect(removedObjects()).toEqual([]);
  });

  it('is PUBLISHED when this run did it after we looked', async () => {
    rowIs(claimed, { ...claimed, objStatus: 'PROCESSED' });
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause('ConditionalCheckFailed', 'None'));

    expect(await handler(publication, context)).toEqual({ outcome: 'PUBLISHED' });

    expect(removedObjects()).toEqual([]);
  });
});

describe('a photo that is not to be published after all is WITHDRAWN, and its renditions are removed:', () => {
  const bothRenditions = [
    `distribution-bucket/photos/${photoId}/tile.webp`,
    `distribution-bucket/photos/${photoId}/scaled.webp`,
  ];
  const removal = { deleteRequestedAt: '2026-06-14T09:41:35.000Z' };

  it.each([
    { what: 'its row is gone', row: undefined },
    { what: 'its removal was asked for', row: { ...claimed, ...removal } },
    {
      what: 'its removal was asked for after it was published',
      row: { ...claimed, ...removal, objStatus: 'PROCESSED' as const },
    },
  ])('$what', async ({ row }) => {
    rowIs(row);

    expect(await handler(publication, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(transactions()).toEqual([]);
    expect(removedObjects()).toEqual(bothRenditions);
  });

  it.each([
    { what: 'its removal was asked for after we looked', after: { ...claimed, ...removal } },
    {
      what: 'its removal was asked for right after this run had published it',
      after: { ...claimed, ...removal, objStatus: 'PROCESSED' as const },
    },
    { what: 'its row went after we looked', after: undefined },
    {
      what: 'its removal was asked for after another run had claimed it',
      after: { ...claimed, ...removal, executionId: 'run-2' },
    },
  ])('$what', async ({ after }) => {
    dynamo
      .on(GetCommand)
      .resolvesOnce({ Item: claimed })
      .resolves(after ? { Item: after } : {});
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause('ConditionalCheckFailed', 'None'));

    expect(await handler(publication, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(removedObjects()).toEqual(bothRenditions);
  });

  it('is WITHDRAWN too when the sweep gave up on it, and its renditions are removed', async () => {
    rowIs({ ...claimed, objStatus: 'FAILED' });

    expect(await handler(publication, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(transactions()).toEqual([]);
    expect(removedObjects()).toEqual(bothRenditions);
  });

  it('is not measured as published', async () => {
    rowIs(undefined);

    await handler(publication, context);

    expect(output.text()).not.toContain('UploadToPublished');
    expect(output.entries()).toMatchObject([{ message: 'publish ended', outcome: 'withdrawn', photoId }]);
  });
});

describe('a photo that this run has no more is WITHDRAWN, and renditions of the same names are left to who has it:', () => {
  const runless = (({ executionId: _, ...row }) => row)(claimed);
  const lost = [
    { what: 'another run has it', row: { ...claimed, executionId: 'run-2' } },
    {
      what: 'another run has published it',
      row: { ...claimed, executionId: 'run-2', objStatus: 'PROCESSED' as const },
    },
    { what: 'no run has it', row: { ...runless, objStatus: 'UPLOADED' as const } },
  ];

  it.each(lost)('$what', async ({ row }) => {
    rowIs(row);

    expect(await handler(publication, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(transactions()).toEqual([]);
    expect(removedObjects()).toEqual([]);
  });

  it.each(lost)('$what since we looked', async ({ row }) => {
    rowIs(claimed, row);
    dynamo.on(TransactWriteCommand).rejects(cancelledBecause('ConditionalCheckFailed', 'None'));

    expect(await handler(publication, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(removedObjects()).toEqual([]);
  });

  it('is not measured as published', async () => {
    rowIs({ ...claimed, executionId: 'run-2' });

    await handler(publication, context);

    expect(output.text()).not.toContain('UploadToPublished');
    expect(output.entries()).toMatchObject([{ message: 'publish ended', outcome: 'superseded', photoId }]);
  });
});

describe('a fault is thrown, so that the workflow tries again, when', () => {
  it.each([
    { what: 'the transaction met another one', error: cancelledBecause('TransactionConflict', 'None') },
    { what: 'the transaction was throttled', error: cancelledBecause('None', 'ThrottlingError') },
    {
      what: 'the table is away',
      error: new ProvisionedThroughputExceededException({ $metadata: {}, message: 'Too much' }),
    },
  ])('$what', async ({ error }) => {
    rowIs(claimed);
    dynamo.on(TransactWriteCommand).rejects(error);

    await expect(handler(publication, context)).rejects.toBe(error);

    expect(removedObjects()).toEqual([]);
  });

  it('the row cannot be read', async () => {
    dynamo.on(GetCommand).rejects(new Error('table down'));

    await expect(handler(publication, context)).rejects.toThrow('table down');
  });

  it('renditions of a withdrawn photo cannot be removed', async () => {
    rowIs(undefined);
    s3.on(DeleteObjectCommand).rejects(new Error('bucket down'));

    await expect(handler(publication, context)).rejects.toThrow('bucket down');
  });
});

describe('input that is none of the state machine is refused before anything is read:', () => {
  const { resized } = publication;
  it.each([
    { what: 'no photo id', input: { ...publication, photoId: 'x' } },
    { what: 'no execution id', input: { ...publication, executionId: '' } },
    { what: 'a refused photo', input: { ...publication, resized: { outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL' } } },
    { what: 'no renditions', input: { ...publication, resized: { ...resized, renditions: [] } } },
    { what: 'no size', input: { ...publication, resized: { ...resized, width: 0 } } },
    { what: 'nothing', input: null },
  ])('$what', async ({ input }) => {
    await expect(handler(input, context)).rejects.toThrow();

    expect([...dynamo.calls(), ...s3.calls()]).toEqual([]);
  });
});
