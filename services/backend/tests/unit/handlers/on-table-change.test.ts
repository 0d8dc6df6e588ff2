import '../environment.ts';

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type PhotoRecord, photoKey, publishedPhotoKey } from '@happy-path/photos/photo-record';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-table-change.ts';
import { photo, photoIdOf } from '../photo-world.ts';

const output = captureOutput();
const iot = mockClient(IoTDataPlaneClient);
const eventBridge = mockClient(EventBridgeClient);
const sqs = mockClient(SQSClient);

const endedAt = '2026-06-14T09:41:29.640Z';
const refusal = { reason: 'IMAGE_TOO_SMALL', reasonDetail: 'Choose a larger photo.' };

function record(
  eventName: string,
  sequenceNumber: number,
  Keys: Record<string, string>,
  images: { NewImage?: object; OldImage?: object },
) {
  const stored = Object.entries(images).map(([name, image]) => [name, marshall({ ...Keys, ...image })]);
  return {
    eventID: `event-${sequenceNumber}`,
    eventName,
    dynamodb: { Keys: marshall(Keys), SequenceNumber: String(sequenceNumber), ...Object.fromEntries(stored) },
  };
}

/** The nth photo reaches its end. */
function ended(n: number, given: Partial<PhotoRecord> = {}, before: Partial<PhotoRecord> = {}) {
  const row = photo({ photoId: photoIdOf(n), correlationId: `correlation-${n}`, workflow: 'workflow-v4' });
  return record('MODIFY', n, photoKey(row.photoId), {
    OldImage: { ...row, objStatus: 'PROCESSING', ...before },
    NewImage: { ...row, objStatus: 'PROCESSED', updatedAt: endedAt, ...given },
  });
}
const refused = (n: number) => ended(n, { objStatus: 'REJECTED', ...refusal });

const rendition = { kind: 'tile', type: 'image/webp', width: 400, height: 400, bytes: 900 };
const facts = { takenAt: '2026-06-14T10:38:52+01:00', camera: 'Google Pixel 8', width: 3024, height: 4032 };

/** The nth photo appears at its place. */
function appeared(n: number, eventName = 'INSERT') {
  const { photoId, placeId, createdAt, owner } = photo({ photoId: photoIdOf(n) });
  const row = {
    photoId,
    placeId,
    createdAt,
    ...facts,
    renditions: [{ ...rendition, key: `photos/${photoId}/tile.webp` }],
  };
  const image = { ...row, owner, location: { lat: 41.3, lng: 2.1 } };
  const images = eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image };
  return record(eventName, n, publishedPhotoKey(row), images);
}

/** The change as the stream's nth. */
const sequenced = (n: number, { dynamodb, ...rest }: ReturnType<typeof record>) => ({
  ...rest,
  dynamodb: { ...dynamodb, SequenceNumber: String(n) },
});

const run = (...Records: readonly unknown[]) => handler({ Records }, context);
const failures = (...sequenceNumbers: readonly number[]) => ({
  batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier: String(itemIdentifier) })),
});
const pushed = () =>
  iot.commandCalls(PublishCommand).map(({ args: [{ input }] }) => ({
    topic: input.topic,
    message: JSON.parse(Buffer.from(input.payload as Uint8Array).toString()),
  }));
const announced = () =>
  eventBridge
    .commandCalls(PutEventsCommand)
    .flatMap(({ args }) => args[0].input.Entries ?? [])
    .map(({ Detail = '', ...entry }) => ({ ...entry, detail: JSON.parse(Detail) }));
const deadLetters = () =>
  sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => ({
    queue: input.QueueUrl,
    letter: JSON.parse(input.MessageBody ?? ''),
  }));
const counted = (name: string) => output.entries().filter((entry) => name in entry);

/** The bus takes the events of all photos but these. */
function busRefuses(...ns: readonly number[]) {
  eventBridge.on(PutEventsCommand).callsFake(({ Entries }) => {
    const { photoId } = JSON.parse(Entries[0].Detail);
    if (!ns.some((n) => photoIdOf(n) === photoId)) return { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
    return { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] };
  });
}

beforeEach(() => {
  for (const client of [iot, eventBridge, sqs]) client.reset();
  iot.on(PublishCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});
  busRefuses();
});

describe('a photo that is published', () => {
  it('is told to its uploader, by its id, and to the bus', async () => {
    expect(await run(ended(1))).toEqual(failures());

    expect(pushed()).toEqual([
      {
        topic: `hp/test/photos/${photoIdOf(1)}`,
        message: { photoId: photoIdOf(1), placeId: 'place-1', status: 'PROCESSED' },
      },
    ]);
    expect(announced()).toEqual([
      {
        EventBusName: 'bus',
        Source: 'custom.happyPath',
        DetailType: 'PhotoPublished',
        detail: {
          version: 1,
          eventId: `${photoIdOf(1)}#${endedAt}`,
          photoId: photoIdOf(1),
          placeId: 'place-1',
          createdAt: '2026-06-14T09:40:00.000Z',
          publishedAt: endedAt,
          correlationId: 'correlation-1',
        },
      },
    ]);
  });

  it('is shown to those who look at the place as the API shows it: without owner or location', async () => {
    expect(await run(appeared(1))).toEqual(failures());

    expect(pushed()).toEqual([
      {
        topic: 'hp/test/places/place-1',
        message: {
          photoId: photoIdOf(1),
          placeId: 'place-1',
          createdAt: '2026-06-14T09:40:00.000Z',
          ...facts,
          renditions: [{ ...rendition, url: `/photos/${photoIdOf(1)}/tile.webp` }],
        },
      },
    ]);
    expect(announced()).toEqual([]);
  });

  it('is counted once, for the workflow that published it', async () => {
    await run(ended(1), appeared(1));

    expect(counted('PhotosPublished')).toMatchObject([{ PhotosPublished: 1, service: 'workflow-v4' }]);
  });
});

describe('a photo that is refused', () => {
  it('is told to its uploader with the reason, and to the bus', async () => {
    await run(refused(1));

    expect(pushed()).toMatchObject([
      { topic: `hp/test/photos/${photoIdOf(1)}`, message: { status: 'REJECTED', ...refusal } },
    ]);
    expect(announced()).toMatchObject([
      { DetailType: 'PhotoRejected', detail: { photoId: photoIdOf(1), rejectedAt: endedAt, ...refusal } },
    ]);
  });

  it('is counted by its reason, for the workflow that refused it, whichever step did', async () => {
    await run(ended(1, { objStatus: 'REJECTED', ...refusal, reason: 'UNSUPPORTED_PLACE_TYPE' }));

    expect(counted('PhotosRejected')).toMatchObject([
      { PhotosRejected: 1, service: 'workflow-v4', reason: 'UNSUPPORTED_PLACE_TYPE' },
    ]);
  });
});

describe('a photo that failed', () => {
  const failed = ended(1, { objStatus: 'FAILED', reason: 'SYSTEM_FAULT', reasonDetail: 'Upload it again.' });

  it('is told to its uploader only: nothing was decided about it', async () => {
    await run(failed);

    expect(pushed()).toMatchObject([{ message: { status: 'FAILED', reason: 'SYSTEM_FAULT' } }]);
    expect(announced()).toEqual([]);
    expect(counted('PhotosFailed')).toMatchObject([{ PhotosFailed: 1, service: 'workflow-v4' }]);
  });
});

describe('a photo that is removed from its place', () => {
  it('is told to those who look at the place, by its id alone, and not to the bus', async () => {
    expect(await run(appeared(1, 'REMOVE'))).toEqual(failures());

    expect(pushed()).toEqual([{ topic: 'hp/test/places/place-1', message: { photoId: photoIdOf(1), removed: true } }]);
    expect(announced()).toEqual([]);
  });

  it('is told as removed after it was told as new, also when both come in one batch', async () => {
    await run(appeared(1), sequenced(2, appeared(1, 'REMOVE')));

    expect(pushed().map(({ message }) => message.removed)).toEqual([undefined, true]);
  });
});

describe('nothing is told of', () => {
  const row = photo();
  it.each([
    ['a published photo whose row is written again', appeared(1, 'MODIFY')],
    ['a photo that is uploaded', ended(1, { objStatus: 'UPLOADED' }, { objStatus: 'PENDING_UPLOAD' })],
    ['a photo that had ended already', ended(1, { deleteRequestedAt: endedAt }, { objStatus: 'PROCESSED' })],
    [
      'a row that is removed',
      record('REMOVE', 1, photoKey(row.photoId), { OldImage: { ...row, objStatus: 'REJECTED' } }),
    ],
    ['a place', record('INSERT', 1, { PK: 'place#place-1', SK: 'listing' }, { NewImage: { name: 'Park' } })],
    ['a quota', record('MODIFY', 1, { PK: 'quota#ada', SK: '2026-06-14#uploads' }, { NewImage: { count: 1 } })],
  ])('%s', async (_what, change) => {
    expect(await run(change)).toEqual(failures());

    expect([...iot.calls(), ...eventBridge.calls()]).toEqual([]);
  });
});

describe('a batch', () => {
  it('with changes of all kinds tells each of those that matter', async () => {
    const answer = await run(ended(1), appeared(2), appeared(3, 'REMOVE'), refused(4), appeared(5, 'MODIFY'));

    expect(answer).toEqual(failures());
    expect(
      pushed()
        .map(({ topic }) => topic)
        .toSorted(),
    ).toEqual([
      `hp/test/photos/${photoIdOf(1)}`,
      `hp/test/photos/${photoIdOf(4)}`,
      'hp/test/places/place-1',
      'hp/test/places/place-1',
    ]);
    expect(announced().map(({ DetailType }) => DetailType)).toEqual(['PhotoPublished', 'PhotoRejected']);
  });

  it('reports exactly the changes that the bus did not take, whichever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), async (refusing) => {
        busRefuses(...refusing);
        const records = Array.from({ length: 10 }, (_, index) => ended(index + 1));

        expect(await run(...records)).toEqual(failures(...refusing));
      }),
      { numRuns: 30 },
    );
  });

  it('fails for the bus that throws as for the one that declines', async () => {
    eventBridge.on(PutEventsCommand).rejectsOnce(new Error('down')).resolves({ FailedEntryCount: 0 });

    expect(await run(ended(1), ended(2))).toEqual(failures(1));
  });

  it('that is none fails as a whole', async () => {
    await expect(handler({ Records: [{}] }, context)).rejects.toThrow();
    await expect(handler({}, context)).rejects.toThrow();
  });

  it("does not tell a photo's later end before an earlier one that failed", async () => {
    const again = sequenced(2, ended(1, { updatedAt: '2026-06-14T10:00:00.000Z' }));
    eventBridge.on(PutEventsCommand).rejectsOnce(new Error('down')).resolves({ FailedEntryCount: 0 });

    expect(await run(refused(1), again)).toEqual(failures(1, 2));

    expect(announced()).toHaveLength(1);
  });
});

describe('a change that can never be told', () => {
  const poison = [
    ended(2, { placeId: 'a/b' }),
    ended(3, { photoId: 'no id' }),
    ended(4, { objStatus: 'REJECTED' }),
    { dynamodb: { SequenceNumber: '5' } },
    record(
      'REMOVE',
      7,
      { PK: 'place#a/b', SK: 'photo#2026#1' },
      { OldImage: { photoId: photoIdOf(7), placeId: 'a/b' } },
    ),
  ];

  it('is a dead letter at once, and holds back none of the others', async () => {
    expect(await run(ended(1), ...poison, ended(6))).toEqual(failures());

    expect(announced().map(({ detail }) => detail.photoId)).toEqual([photoIdOf(1), photoIdOf(6)]);
    expect(deadLetters()).toEqual(
      poison.map((record) => ({
        queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
        letter: { error: expect.stringMatching(/./), record: { ...record, dynamodb: expect.anything() } },
      })),
    );
    expect(deadLetters()[2]?.letter.error).toContain('REJECTED for no reason');
  });

  it('keeps what it said, but not whose photo it is', async () => {
    const { dynamodb, ...rest } = ended(2, { placeId: 'a/b' });
    const { NewImage, ...others } = dynamodb as typeof dynamodb & { NewImage: Record<string, unknown> };
    const indexed = { ...NewImage, GSI1PK: { S: `owner#${photo().owner}` } };
    await run({ ...rest, dynamodb: { ...others, NewImage: indexed } });

    const kept = deadLetters()[0]?.letter.record.dynamodb.NewImage;
    expect({ ...kept, owner: NewImage['owner'] }).toEqual(NewImage);
    expect(Object.keys(kept)).not.toContain('owner');
  });

  it('does not hold back what comes after it of the same photo', async () => {
    const later = ended(2);
    expect(await run(ended(2, { objStatus: 'REJECTED' }), later)).toEqual(failures());

    expect(announced()).toMatchObject([{ DetailType: 'PhotoPublished', detail: { photoId: photoIdOf(2) } }]);
  });

  it('is not pushed either: nothing of it is begun', async () => {
    iot.on(PublishCommand).rejects(new Error('IoT is away'));
    await run(...poison);

    expect(pushed()).toEqual([]);
  });

  it('is logged and counted', async () => {
    await run(...poison);

    expect(output.entries()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'a change can never be handled and is a dead letter',
        sequenceNumber: '4',
      }),
    );
    expect(counted('ChangesGivenUp')).toMatchObject([{ ChangesGivenUp: [1, 1, 1, 1, 1], service: 'backend' }]);
  });

  it('is reported when the queue does not take it, so that Lambda comes back with it', async () => {
    sqs.on(SendMessageCommand).rejectsOnce(new Error('SQS is away')).resolves({});

    expect(await run(ended(1), ...poison, ended(6))).toEqual(failures(2));

    expect(announced()).toHaveLength(2);
    expect(counted('ChangesGivenUp')).toMatchObject([{ ChangesGivenUp: [1, 1, 1, 1] }]);
  });
});

describe('a push that fails', () => {
  beforeEach(() => {
    iot.on(PublishCommand).rejects(new Error('IoT is away'));
  });

  it('does not hold the event back, nor have it sent again', async () => {
    expect(await run(ended(1), refused(2), appeared(3))).toEqual(failures());

    expect(announced()).toHaveLength(2);
  });

  it('is logged and counted, so that an alarm rings', async () => {
    await run(ended(1), appeared(2));

    expect(output.entries()).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'the push failed', photoId: photoIdOf(1) }),
    );
    expect(counted('PushesFailed')).toMatchObject([{ PushesFailed: [1, 1], service: 'backend' }]);
  });
});

describe('a bus that is away', () => {
  it('does not hold the push back', async () => {
    busRefuses(1);

    expect(await run(ended(1))).toEqual(failures(1));

    expect(pushed()).toHaveLength(1);
  });

  it('has nothing counted that will be counted when the change comes again', async () => {
    busRefuses(1);
    await run(ended(1));
    expect(counted('PhotosPublished')).toEqual([]);

    busRefuses();
    await run(ended(1));
    expect(counted('PhotosPublished')).toHaveLength(1);
  });
});

describe('a change that is delivered again', () => {
  it('tells the same, with the same event id', async () => {
    await run(ended(1), appeared(2));
    const first = { pushes: pushed(), events: announced() };
    for (const client of [iot, eventBridge]) client.resetHistory();

    await run(ended(1), appeared(2));

    expect({ pushes: pushed(), events: announced() }).toEqual(first);
  });
});

describe("a photo's row that is read off the table later", () => {
  it('tells the same as when the photo ended, whatever was written to it since', async () => {
    const row = { processedAt: endedAt } as Partial<PhotoRecord>;
    await run(ended(1, row), ended(1, { ...row, updatedAt: '2026-06-20T00:00:00.000Z' }));

    const [then, later] = announced();
    expect(later).toEqual(then);
  });
});

describe('a warm function', () => {
  it('answers the next batch as if the one before had never been', async () => {
    busRefuses(1);
    expect(await run(ended(1), ended(2))).toEqual(failures(1));

    busRefuses();
    expect(await run(ended(1), ended(2))).toEqual(failures());

    expect(announced()).toHaveLength(4);
  });
});

it('the log holds ids and correlation id of each photo, but not its owner', async () => {
  const [mine, other] = [ended(1, { owner: 'subject-of-ada' }), refused(2)];
  busRefuses(1);

  await run(mine, other, ended(3, { owner: 'subject-of-ada', placeId: 'a/b' }));

  expect(output.entries()).toContainEqual(
    expect.objectContaining({ message: 'passed on', photoId: photoIdOf(2), correlationId: 'correlation-2' }),
  );
  expect(output.text()).not.toContain('subject-of-ada');
});
