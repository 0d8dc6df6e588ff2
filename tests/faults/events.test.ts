import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvokeCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { Listener } from '../e2e/listener.ts';
import {
  lambda,
  photosAt,
  physicalId,
  readPhoto,
  s3,
  site,
  stepFunctions,
  storePhoto,
  uploadBucket,
} from '../engine-fixture.ts';
import { announce } from '../stamped-photos.ts';

const photo = await readFile('samples/photos/garden-pagoda.jpg');
const onUpload = await physicalId('backend', 'OnUploadFunction');

let visitor: Visitor;
beforeAll(async () => {
  visitor = await Visitor.signUp(site);
});

async function newPlace(): Promise<string> {
  const place = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
  return (await visitor.post('/locations', place)).body.placeId;
}

/** The notification that S3 sent for a photo, to be sent again. */
async function notificationOf(photoId: string, changes: { versionId?: string; sequencer?: string } = {}) {
  const key = `uploads/${photoId}`;
  const head = await s3.send(new HeadObjectCommand({ Bucket: uploadBucket, Key: key }));
  const row = await readPhoto(photoId);
  return {
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: uploadBucket },
          object: {
            key,
            size: head.ContentLength,
            eTag: head.ETag?.replaceAll('"', ''),
            versionId: changes.versionId ?? head.VersionId,
            sequencer: changes.sequencer ?? row?.sequencer,
          },
        },
      },
    ],
  };
}

async function notify(event: unknown): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: onUpload, Payload: JSON.stringify(event) }),
  );
  if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
}

test('a storm of repeated, late and reordered events publishes each photo once', async () => {
  const placeId = await newPlace();
  const ids = await Promise.all(Array.from({ length: 6 }, () => visitor.upload(placeId, 'image/jpeg', photo)));
  const repeats = await Promise.all(
    ids.map(async (photoId) => {
      const notification = await notificationOf(photoId);
      const older = await notificationOf(photoId, { versionId: 'an-older-version', sequencer: '00' });
      const row = await readPhoto(photoId);
      const detail = {
        bucket: uploadBucket,
        key: `uploads/${photoId}`,
        versionId: row?.versionId ?? '',
        etag: row?.etag ?? 'etag',
        size: photo.length,
        contentType: 'image/jpeg',
        placeId,
        ID: photoId,
        workflow: 'workflow-v1',
        correlationId: 'storm',
      };
      const repeat = () => announce(detail);
      return [() => notify(notification), () => notify(older), () => notify(notification), repeat, repeat];
    }),
  );
  const deliveries = repeats.flat();
  const [order = []] = fc.sample(fc.shuffledSubarray(deliveries, { minLength: deliveries.length }), {
    seed: 7,
    numRuns: 1,
  });
  await Promise.all(order.map((deliver) => deliver()));

  const outcomes = await Promise.all(ids.map((photoId) => visitor.outcome(photoId, 50_000)));
  expect(outcomes.map(({ status }) => status)).toEqual(ids.map(() => 'PROCESSED'));
  const visible = await photosAt(placeId);
  expect(visible.map((each) => each['photoId']).sort()).toEqual(ids.toSorted());
});

test('a notification that comes again after the end changes nothing', async () => {
  const placeId = await newPlace();
  const photoId = await visitor.upload(placeId, 'image/jpeg', photo);
  await visitor.outcome(photoId);
  const before = await readPhoto(photoId);
  await notify(await notificationOf(photoId));
  await notify(await notificationOf(photoId, { sequencer: 'FFFFFFFFFFFFFFFFFFFF' }));
  expect(await readPhoto(photoId)).toEqual(before);
});

test('the run that claimed the photo is the one that published it', async () => {
  const photoId = await visitor.upload(await newPlace(), 'image/jpeg', photo);
  await visitor.outcome(photoId);
  const row = await readPhoto(photoId);
  const { status } = await poll('the run to end', 10_000, async () => {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: row?.executionId ?? '' }));
    return execution.status === 'RUNNING' ? undefined : execution;
  });
  expect(status).toBe('SUCCEEDED');
});

test("S3's test event, a folder and a key nobody asked for are left alone", async () => {
  const key = `uploads/holiday photo+${randomUUID()}.jpg`;
  await s3.send(new PutObjectCommand({ Bucket: uploadBucket, Key: key, Body: photo }));
  await s3.send(new PutObjectCommand({ Bucket: uploadBucket, Key: 'uploads/folder/', Body: new Uint8Array() }));
  await notify(JSON.parse(await readFile('events/invoke/backend/on-upload.s3-test-event.json', 'utf8')));
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: uploadBucket, Prefix: key }));
  expect(Versions).toHaveLength(1);
});

test('a notification that cannot be recorded ends in the dead-letter queue with its content', async () => {
  const photoId = await visitor.upload(await newPlace(), 'image/jpeg', photo);
  await visitor.outcome(photoId);
  const notification = await notificationOf(photoId);
  const { etag: _, ...broken } = { ...(await readPhoto(photoId)) } as NonNullable<
    Awaited<ReturnType<typeof readPhoto>>
  >;
  await storePhoto({ ...broken, objStatus: 'UPLOADED' });
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: onUpload,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: await deadLetterQueueArn() } },
    }),
  );

  await lambda.send(
    new InvokeCommand({ FunctionName: onUpload, InvocationType: 'Event', Payload: JSON.stringify(notification) }),
  );

  const letter = await deadLetter('OnUploadDeadLetterQueue', photoId);
  expect(letter.requestPayload).toEqual(notification);
  expect(letter.responsePayload.errorMessage).toContain(photoId);
  // Or every sweep from now on would fail over it.
  await storePhoto({ ...broken, objStatus: 'PROCESSED' });
});

test('a change of the table that can never be told is laid aside, and the photos after it are told of', async () => {
  const placeId = await newPlace();
  const photoId = await visitor.upload(placeId, 'image/jpeg', photo);
  await visitor.outcome(photoId);
  const row = (await readPhoto(photoId)) ?? expect.fail('its row');
  const untold = { ...row, photoId: randomUUID().replaceAll('-', ''), placeId: 'no/place' };

  await storePhoto({ ...untold, objStatus: 'PROCESSING' });
  await storePhoto({ ...untold, objStatus: 'PROCESSED' });
  const topic = `hp/local/places/${placeId}`;
  const onlooker = await (await Listener.connect()).subscribe(topic);
  onTestFinished(() => onlooker.leave());
  const next = await visitor.upload(placeId, 'image/jpeg', photo);

  expect(await onlooker.message(topic)).toMatchObject({ message: { photoId: next } });
  const letter = await deadLetter('OnTableChangeDeadLetterQueue', untold.photoId);
  expect(letter.error).toContain('placeId');
  expect(letter.record.dynamodb.NewImage.objStatus).toEqual({ S: 'PROCESSED' });
  expect(JSON.stringify(letter)).not.toContain(row.owner);
});

/** The letter that is about a photo. */
async function deadLetter(queue: string, photoId: string) {
  const sqs = new SQSClient(site);
  const QueueUrl = await physicalId('backend', queue);
  return poll('the dead letter', 20_000, async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body)).find((each) => JSON.stringify(each).includes(photoId));
  });
}

async function deadLetterQueueArn(): Promise<string> {
  const url = await physicalId('backend', 'OnUploadDeadLetterQueue');
  return `arn:aws:sqs:${site.region}:000000000000:${url.split('/').at(-1)}`;
}
