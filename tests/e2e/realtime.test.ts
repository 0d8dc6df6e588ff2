import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { photoKey, publishedPhotoKey } from '@happy-path/photos/photo-record';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { lambda, photosAt, physicalId, published, readPhoto, site } from '../engine-fixture.ts';
import { CheckedVisitor } from './checked-visitor.ts';
import { Listener } from './listener.ts';

const portrait = await readFile('samples/photos/park-meadow.jpg');
const tooSmall = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } })
  .jpeg()
  .toBuffer();

/** How long after a photo became visible another browser may be told, in milliseconds. */
const promptMs = 2_000;

const outcomeTopic = (photoId: string) => `hp/local/photos/${photoId}`;
const placeTopic = (placeId: string) => `hp/local/places/${placeId}`;

let visitor: CheckedVisitor;
let subject: string;
const listeners: Listener[] = [];

async function listen(...topics: string[]): Promise<Listener> {
  const listener = await Listener.connect();
  listeners.push(listener);
  return topics.length === 0 ? listener : listener.subscribe(...topics);
}

async function newPlace(): Promise<string> {
  const place = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
  return (await visitor.post('/locations', place)).body.placeId;
}

/** Asks for an upload, listens for its outcome, then uploads: as the page does. */
async function uploadAndListen(placeId: string, photo: Uint8Array): Promise<{ photoId: string; uploader: Listener }> {
  const ticket = await visitor.ticket(placeId, 'image/jpeg', photo.length);
  const uploader = await listen(outcomeTopic(ticket.photoId));
  expect(await visitor.put(ticket, photo)).toBe(200);
  return { photoId: ticket.photoId, uploader };
}

/** Publishes one more photo, so that whatever was said before has arrived when this one is heard of. */
async function marker(placeId: string, listener: Listener): Promise<string> {
  const photoId = await visitor.upload(placeId, 'image/jpeg', portrait);
  await listener.message(placeTopic(placeId), (message) => message.photoId === photoId);
  return photoId;
}

beforeAll(async () => {
  visitor = await CheckedVisitor.signUp();
  const [, claims = ''] = visitor.token?.split('.') ?? [];
  subject = JSON.parse(Buffer.from(claims, 'base64url').toString()).sub;
});

afterAll(async () => {
  await Promise.all(listeners.map((listener) => listener.leave()));
});

/** The photo events on the bus, as a consumer with a rule and a queue gets them. */
const bus = await (async () => {
  const eventBridge = new EventBridgeClient(site);
  const sqs = new SQSClient(site);
  const EventBusName = await published('backend/event-bus-name');
  const name = `photo-events-${randomUUID()}`;
  const received: Record<string, unknown>[] = [];
  let QueueUrl = '';

  beforeAll(async () => {
    QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? '';
    const Arn = `arn:aws:sqs:${site.region}:000000000000:${name}`;
    const allow = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const EventPattern = JSON.stringify({
      source: ['custom.happyPath'],
      'detail-type': ['PhotoPublished', 'PhotoRejected'],
    });
    await eventBridge.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }));
    await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName, Targets: [{ Id: 'queue', Arn }] }));
  });
  afterAll(async () => {
    await eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName, Ids: ['queue'] }));
    await eventBridge.send(new DeleteRuleCommand({ Name: name, EventBusName }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  });

  return {
    received,
    /** Waits until so many events of the photo have come. */
    eventsOf: (photoId: string, many = 1) =>
      poll(`${many} events of photo ${photoId}`, 20_000, async () => {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
        );
        received.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
        const events = received.filter(({ detail }) => (detail as { photoId: string }).photoId === photoId);
        return events.length >= many ? events : undefined;
      }),
  };
})();

async function problemsOf(type: string, event: unknown): Promise<string> {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const schema = JSON.parse(await readFile(`events/backend/${type}.v1.schema.json`, 'utf8'));
  return ajv.validate(schema, event) ? '' : ajv.errorsText();
}

describe('a photo that is published', () => {
  test('is heard of by its uploader and by every browser at its place, promptly, as the API shows it', async () => {
    const placeId = await newPlace();
    const [one, other] = [await listen(placeTopic(placeId)), await listen(placeTopic(placeId))];
    const { photoId, uploader } = await uploadAndListen(placeId, portrait);

    const [outcome, ...seen] = await Promise.all([
      uploader.message(outcomeTopic(photoId)),
      one.message(placeTopic(placeId)),
      other.message(placeTopic(placeId)),
    ]);

    expect(outcome.message).toEqual({ photoId, placeId, status: 'PROCESSED' });
    const { body } = await visitor.get(`/locations/${placeId}/photos`);
    for (const { message } of seen) expect(message).toEqual(body.photos[0]);
    const { updatedAt = '' } = (await readPhoto(photoId)) ?? {};
    for (const { atMs } of [outcome, ...seen]) expect(atMs - Date.parse(updatedAt)).toBeLessThan(promptMs);
  });

  test('is on the bus as PhotoPublished, as its schema says', async () => {
    const photoId = await visitor.upload(await newPlace(), 'image/jpeg', portrait);

    const [event, ...others] = await bus.eventsOf(photoId);

    expect(others).toEqual([]);
    expect(await problemsOf('PhotoPublished', event)).toBe('');
    const { correlationId, updatedAt } = (await readPhoto(photoId)) ?? {};
    expect(event).toMatchObject({ detail: { photoId, correlationId, publishedAt: updatedAt } });
  });
});

describe('a photo that is refused', () => {
  test('is heard of by its uploader with the reason, and is on the bus as PhotoRejected', async () => {
    const placeId = await newPlace();
    const onlooker = await listen(placeTopic(placeId));
    const { photoId, uploader } = await uploadAndListen(placeId, tooSmall);

    const { message, atMs } = await uploader.message(outcomeTopic(photoId));

    const { createdAt: _, ...status } = (await visitor.get(`/images/${photoId}`)).body;
    expect(message).toEqual(status);
    expect(message).toMatchObject({ status: 'REJECTED', reason: 'IMAGE_TOO_SMALL', reasonDetail: expect.any(String) });
    const { updatedAt = '' } = (await readPhoto(photoId)) ?? {};
    expect(atMs - Date.parse(updatedAt)).toBeLessThan(promptMs);

    const [event] = await bus.eventsOf(photoId);
    expect(await problemsOf('PhotoRejected', event)).toBe('');
    expect(event).toMatchObject({ detail: { reason: 'IMAGE_TOO_SMALL', reasonDetail: message.reasonDetail } });

    const shown = await marker(placeId, onlooker);
    expect(onlooker.heard.map((each) => each.message.photoId)).toEqual([shown]);
  });
});

describe('a photo that is removed', () => {
  test('is told as removed to every browser at its place, promptly; nothing else of it is told, and nothing to the bus', async () => {
    const placeId = await newPlace();
    const onlooker = await listen(placeTopic(placeId));
    const { photoId, uploader } = await uploadAndListen(placeId, portrait);
    await Promise.all([uploader.message(outcomeTopic(photoId)), onlooker.message(placeTopic(placeId))]);

    const asked = Date.now();
    expect((await visitor.delete(`/images/${photoId}`)).status).toBe(204);

    const { message, atMs } = await onlooker.message(placeTopic(placeId), ({ removed }) => removed);
    expect(message).toEqual({ photoId, removed: true });
    expect(atMs - asked).toBeLessThan(promptMs);
    const next = await marker(placeId, onlooker);
    expect(onlooker.heard.map(({ message }) => message.photoId)).toEqual([photoId, photoId, next]);
    expect(uploader.heard).toHaveLength(1);
    expect(await bus.eventsOf(next)).toHaveLength(1);
    expect(await bus.eventsOf(photoId)).toHaveLength(1);
  });
});

describe('a change of the table that is delivered again', () => {
  test('says the same again, with the same event id', async () => {
    const placeId = await newPlace();
    const onlooker = await listen(placeTopic(placeId));
    const { photoId, uploader } = await uploadAndListen(placeId, portrait);
    const [first] = await bus.eventsOf(photoId);
    await Promise.all([uploader.message(outcomeTopic(photoId)), onlooker.message(placeTopic(placeId))]);

    const row = (await readPhoto(photoId)) ?? expect.fail('its row');
    const [photo = {}] = await photosAt(placeId);
    const record = (eventName: string, SequenceNumber: string, keys: object, images: Record<string, object>) => ({
      eventName,
      dynamodb: {
        SequenceNumber,
        Keys: marshall(keys),
        ...Object.fromEntries(Object.entries(images).map(([name, image]) => [name, marshall(image)])),
      },
    });
    const end = { OldImage: { ...row, objStatus: 'PROCESSING' }, NewImage: row };
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({
        FunctionName: await physicalId('backend', 'OnTableChangeFunction'),
        Payload: JSON.stringify({
          Records: [
            record('MODIFY', '1', photoKey(photoId), end),
            record('INSERT', '2', publishedPhotoKey(row), { NewImage: photo }),
            record('REMOVE', '3', publishedPhotoKey(row), { OldImage: photo }),
          ],
        }),
      }),
    );

    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual({ batchItemFailures: [] });
    const heardBy = (listener: Listener, many: number) =>
      poll(`${many} messages`, 5_000, async () =>
        listener.heard.length === many ? listener.heard.map(({ message }) => message) : undefined,
      );
    const [outcome, sameOutcome] = await heardBy(uploader, 2);
    expect(sameOutcome).toEqual(outcome);
    const [shown, sameShown, removed] = await heardBy(onlooker, 3);
    expect(sameShown).toEqual(shown);
    expect(removed).toEqual({ photoId, removed: true });
    const [, again] = await bus.eventsOf(photoId, 2);
    expect(again?.['detail']).toEqual(first?.['detail']);
  });
});

describe('a visitor', () => {
  const someone = '0'.repeat(32);

  test.each([
    '#',
    '+/+/+/+',
    'photos/#',
    'photos/+',
    'hp/#',
    'hp/+/photos/#',
    `hp/+/photos/${someone}`,
    'hp/local/#',
    'hp/local/+/+',
    'hp/local/photos/#',
    'hp/local/photos/+',
    'hp/local/places/+',
    `hp/other/photos/${someone}`,
    'hp/local/anything/else',
    '$aws/things/any/shadow/update',
  ])('cannot listen to %s', async (filter) => {
    const listener = await listen();
    expect(await listener.attempt(filter)).toBe('closed');
  });

  test('may listen to a photo whose id it knows, and to a place', async () => {
    const listener = await listen();
    expect(await listener.attempt(outcomeTopic(someone))).toBe('granted');
    expect(await listener.attempt(placeTopic('somewhere'))).toBe('granted');
  });

  test("cannot speak: a forged photo reaches nobody, and its sender's connection is closed", async () => {
    const placeId = await newPlace();
    const listener = await listen(placeTopic(placeId));
    const forger = await listen(placeTopic(placeId));

    const sent = forger.client.publishAsync(placeTopic(placeId), '{"photoId":"forged"}', { qos: 1 });
    sent.catch(() => undefined);

    expect(await forger.closed).toBe('closed');
    const shown = await marker(placeId, listener);
    expect(listener.heard.map(({ message }) => message.photoId)).toEqual([shown]);
  });

  test("cannot take another application's name", async () => {
    await expect(Listener.connect(`other-${randomUUID()}`)).rejects.toThrow('The broker refuses other-');
  });
});

test('nobody is told who took a photo', () => {
  const said = JSON.stringify([listeners.map(({ heard }) => heard), bus.received]);
  expect(said).toContain('PhotoPublished');
  expect(said).not.toContain(subject);
  expect(said).not.toContain('owner');
});
