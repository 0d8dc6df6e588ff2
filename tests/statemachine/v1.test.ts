import { randomBytes, randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type PhotoRecord, publishedPhotoKey } from '@happy-path/photos/photo-record';
import { expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { photosAt, published, readPhoto, stepFunctions, storePhoto, uploadBucket } from '../engine-fixture.ts';
import { machineWithFlakyTasks } from './flaky-tasks.ts';
import type { Case } from './mocked-responses.ts';

const stateMachineArn = await published('workflow-v1/state-machine-arn');

/** An uploaded photo's row, at a place of its own. */
async function uploadedPhoto(changes: Partial<PhotoRecord> = {}): Promise<PhotoRecord> {
  const now = new Date().toISOString();
  const photo: PhotoRecord = {
    photoId: randomBytes(16).toString('hex'),
    placeId: randomBytes(12).toString('hex'),
    owner: 'somebody',
    objStatus: 'UPLOADED',
    contentType: 'image/jpeg',
    size: 1000,
    correlationId: 'correlation-1',
    versionId: 'version-1',
    etag: 'etag-1',
    createdAt: now,
    uploadedAt: now,
    updatedAt: now,
    ...changes,
  };
  await storePhoto(photo);
  return photo;
}

const eventOf = (photo: PhotoRecord, versionId = photo.versionId) => ({
  source: 'custom.happyPath',
  'detail-type': 'uploadComplete',
  detail: {
    bucket: uploadBucket,
    key: `uploads/${photo.photoId}`,
    versionId,
    etag: photo.etag,
    size: photo.size,
    contentType: photo.contentType,
    placeId: photo.placeId,
    ID: photo.photoId,
    workflow: 'workflow-v1',
    correlationId: photo.correlationId,
  },
});

interface Run {
  executionArn: string;
  status: string;
  error: string | undefined;
  /** Names of the states in the order they were entered. */
  path: string[];
  /** How often a task was tried. */
  attempts: (state: string) => number;
}

/** Runs the deployed machine to its end; tasks that `mocked` names answer as mocked-responses.ts says. */
async function run(
  event: unknown,
  mocked?: Case,
  name: string = randomUUID(),
  machine: string = stateMachineArn,
): Promise<Run> {
  const { executionArn = '' } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: mocked ? `${machine}#${mocked}` : machine,
      name,
      input: JSON.stringify(event),
    }),
  );
  const ended = await poll(`${mocked ?? 'the run'} to end`, 30_000, async () => {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === 'RUNNING' ? undefined : execution;
  });
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  let current = '';
  const tries = new Map<string, number>();
  const path: string[] = [];
  for (const { type, stateEnteredEventDetails } of events) {
    if (stateEnteredEventDetails?.name) {
      current = stateEnteredEventDetails.name;
      path.push(current);
    } else if (type === 'TaskScheduled') tries.set(current, (tries.get(current) ?? 0) + 1);
  }
  return {
    executionArn,
    status: ended.status ?? '',
    error: ended.error,
    path,
    attempts: (state) => tries.get(state) ?? 0,
  };
}

test.concurrent('publishes a rendered photo and takes it off the list of open work', async () => {
  const photo = await uploadedPhoto();
  const { status, path, executionArn } = await run(eventOf(photo), 'rendered');
  expect(status).toBe('SUCCEEDED');
  expect(path).toEqual(['Claim', 'Resizer', 'IsRendered', 'Publish', 'IsPublished', 'Published']);
  const row = await readPhoto(photo.photoId);
  expect(row).toMatchObject({ objStatus: 'PROCESSED', executionId: executionArn, workflow: 'workflow-v1' });
  expect(row).not.toHaveProperty('GSI2PK');
  expect(await photosAt(photo.placeId)).toEqual([
    expect.objectContaining({ ...publishedPhotoKey(photo), photoId: photo.photoId, width: 4000 }),
  ]);
});

test.concurrent('lists a claimed photo as open work of its own shard', async () => {
  const photo = await uploadedPhoto({ photoId: `${randomBytes(15).toString('hex')}0d` });
  await run(eventOf(photo), 'faultBusyAlways');
  expect(await readPhoto(photo.photoId)).toMatchObject({ objStatus: 'PROCESSING', GSI2PK: 'open#PROCESSING#5' });
});

test.concurrent('ends a repeated event as a duplicate', async () => {
  const photo = await uploadedPhoto();
  const runs = await Promise.all([run(eventOf(photo), 'rendered'), run(eventOf(photo), 'rendered')]);
  expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(runs.map(({ path }) => path.at(-1)).sort()).toEqual(['Duplicate', 'Published']);
  expect(await photosAt(photo.placeId)).toHaveLength(1);
});

test.concurrent('ends an event of another version as a duplicate', async () => {
  const photo = await uploadedPhoto();
  const { path } = await run(eventOf(photo, 'version-0'), 'rendered');
  expect(path).toEqual(['Claim', 'Duplicate']);
  expect(await readPhoto(photo.photoId)).toMatchObject({ objStatus: 'UPLOADED' });
});

test.concurrent('does not claim a photo whose owner asked for its removal', async () => {
  const photo = await uploadedPhoto({ deleteRequestedAt: new Date().toISOString() });
  const { path } = await run(eventOf(photo), 'rendered');
  expect(path).toEqual(['Claim', 'Duplicate']);
});

test.concurrent('lets the run that has claimed a photo pass Claim again', async () => {
  const name = randomUUID();
  const executionId = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const photo = await uploadedPhoto({ objStatus: 'PROCESSING', executionId });
  const { path } = await run(eventOf(photo), 'rendered', name);
  expect(path.at(-1)).toBe('Published');
});

test.concurrent('leaves a photo that it could not claim to the sweep', async () => {
  const photo = await uploadedPhoto();
  const { status, path, error, attempts } = await run(eventOf(photo), 'claimBusyAlways');
  expect(status).toBe('FAILED');
  expect(attempts('Claim')).toBe(6);
  expect(error).toBe('DynamoDB.ProvisionedThroughputExceededException');
  expect(path).toEqual(['Claim', 'RecordFault', 'Faulted']);
  expect(await readPhoto(photo.photoId)).toMatchObject({
    objStatus: 'UPLOADED',
    GSI2PK: expect.stringMatching(/^open#UPLOADED/),
  });
});

test.concurrent.for([
  { mocked: 'resizerDownAlways', error: 'Lambda.ServiceException', task: 'Resizer', tries: 9 },
  { mocked: 'resizerTimesOut', error: 'States.Timeout', task: 'Resizer', tries: 4 },
  { mocked: 'publishDownAlways', error: 'Lambda.ServiceException', task: 'Publish', tries: 9 },
  {
    mocked: 'refusalBusyAlways',
    error: 'DynamoDB.ProvisionedThroughputExceededException',
    task: 'RecordFailState',
    tries: 6,
  },
] as const)('fails the photo after $tries tries: $mocked', async ({ mocked, error, task, tries }) => {
  const photo = await uploadedPhoto();
  const ended = await run(eventOf(photo), mocked);
  expect(ended.status).toBe('FAILED');
  expect(ended.error).toBe(error);
  expect(ended.path.slice(-2)).toEqual(['RecordFault', 'Faulted']);
  expect(ended.attempts(task)).toBe(tries);
  const row = await readPhoto(photo.photoId);
  expect(row).toMatchObject({
    objStatus: 'FAILED',
    reason: 'SYSTEM_FAULT',
    reasonDetail: expect.stringContaining('upload it again'),
    fault: `${error}: said by the test`,
  });
  expect(row).not.toHaveProperty('GSI2PK');
  expect(await photosAt(photo.placeId)).toEqual([]);
});

test.concurrent.for(['resizerUnheard', 'publishUnheard'] as const)(
  'fails the photo when a task answers what the machine does not know: %s',
  async (mocked) => {
    const photo = await uploadedPhoto();
    const { status, error, path } = await run(eventOf(photo), mocked);
    expect(status).toBe('FAILED');
    expect(error).toBe('UnknownOutcome');
    expect(path.slice(-3)).toEqual(['UnknownOutcome', 'RecordFault', 'Faulted']);
    expect(await readPhoto(photo.photoId)).toMatchObject({
      objStatus: 'FAILED',
      fault: 'UnknownOutcome: A task answered {"outcome":"UNHEARD_OF"}',
    });
  },
);

test.concurrent('recovers from tasks that fail twice, whatever their error is called', async () => {
  const photo = await uploadedPhoto();
  const { status, attempts } = await run(
    eventOf(photo),
    undefined,
    randomUUID(),
    await machineWithFlakyTasks(stateMachineArn),
  );
  expect(status).toBe('SUCCEEDED');
  expect([attempts('Resizer'), attempts('Publish')]).toEqual([3, 3]);
});

test.concurrent('records why a photo was refused', async () => {
  const photo = await uploadedPhoto();
  const { status, path } = await run(eventOf(photo), 'rejected');
  expect(status).toBe('SUCCEEDED');
  expect(path).toEqual(['Claim', 'Resizer', 'IsRendered', 'RecordFailState', 'Rejected']);
  const row = await readPhoto(photo.photoId);
  expect(row).toMatchObject({ objStatus: 'REJECTED', reason: 'UNREADABLE_IMAGE', reasonDetail: 'Take it again.' });
  expect(row).not.toHaveProperty('GSI2PK');
});

test.concurrent('ends as withdrawn when the owner removed a photo before its refusal', async () => {
  const photo = await uploadedPhoto();
  const { status, path, attempts } = await run(eventOf(photo), 'refusalWithdrawn');
  expect(status).toBe('SUCCEEDED');
  expect(path.at(-1)).toBe('Withdrawn');
  expect(attempts('RecordFailState')).toBe(1);
});

test.concurrent('ends as withdrawn when the original is gone', async () => {
  const photo = await uploadedPhoto();
  const { status, path } = await run(eventOf(photo), 'originalGone');
  expect(status).toBe('SUCCEEDED');
  expect(path.at(-1)).toBe('Withdrawn');
});

test.concurrent('ends as withdrawn when the real Resizer finds no original', async () => {
  const photo = await uploadedPhoto();
  const { status, path } = await run(eventOf(photo));
  expect(status).toBe('SUCCEEDED');
  expect(path).toEqual(['Claim', 'Resizer', 'IsRendered', 'Withdrawn']);
});

test.concurrent('ends as withdrawn when the owner removed the photo while it was resized', async () => {
  const photo = await uploadedPhoto();
  const { status, path } = await run(eventOf(photo), 'publishWithdrawn');
  expect(status).toBe('SUCCEEDED');
  expect(path.slice(-2)).toEqual(['IsPublished', 'Withdrawn']);
});

test.concurrent('leaves a photo whose fault cannot be recorded to the sweep', async () => {
  const photo = await uploadedPhoto();
  const { status, path, error, attempts } = await run(eventOf(photo), 'faultBusyAlways');
  expect(status).toBe('FAILED');
  expect(attempts('RecordFault')).toBe(7);
  expect(path.at(-1)).toBe('Faulted');
  expect(error).toBe('Lambda.ServiceException');
  expect(await readPhoto(photo.photoId)).toMatchObject({ objStatus: 'PROCESSING', GSI2PK: expect.any(String) });
});
