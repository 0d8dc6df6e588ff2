import { randomBytes, randomUUID } from 'node:crypto';
import { type PhotoRecord, publishedPhotoKey } from '@happy-path/photos/photo-record';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { photosAt, readPhoto } from '../engine-fixture.ts';
import { copyWithFlakyTasks, type Flakiness, type FlakyCopy } from './flaky-tasks.ts';
import { type Failure, failures, refusals, unheardOf } from './mocked-responses.ts';
import { judgesOf, type PlaceType, routes, stopAt, untilChoice } from './routes.ts';
import { type Judge, lambdaErrors, rekognitionErrors, rekognitionTasks, type Task } from './tasks.ts';
import { eventOf, executionId, type Run, uploadedPhoto, type Workflow } from './workflow.ts';

const refused = ['RecordFailState'];
const faulted = ['RecordFault', 'Faulted'];

/** Cases of what every version has, with the version's own way to each state. */
export function testSharedCases(workflow: Workflow): void {
  // Most of the time the cases wait for retries.
  vi.setConfig({ maxConcurrency: 20 });
  testPublication(workflow);
  testClaim(workflow);
  testJudges(workflow);
  testPublish(workflow);
  testRecords(workflow);
  testRecovery(workflow);
}

function testPublication(workflow: Workflow): void {
  const { run, version } = workflow;
  const ways = Object.entries(routes[version]) as [PlaceType, string[]][];
  test.concurrent.for(ways)('publishes a photo of a %s that passes everything', async ([placeType, route]) => {
    const photo = await uploadedPhoto(placeType);
    const { status, path, output, executionArn } = await run(eventOf(photo, workflow), { mocked: 'Passes' });
    expect(status).toBe('SUCCEEDED');
    expect(path).toEqual(route);
    expect(output).toEqual({ outcome: 'PUBLISHED' });
    const row = await readPhoto(photo.photoId);
    const workflowName = `workflow-${version}`;
    expect(row).toMatchObject({ objStatus: 'PROCESSED', executionId: executionArn, workflow: workflowName });
    expect(row).not.toHaveProperty('GSI2PK');
    expect(await photosAt(photo.placeId)).toEqual([
      expect.objectContaining({ ...publishedPhotoKey(photo), photoId: photo.photoId, width: 4000 }),
    ]);
  });
}

function testClaim(workflow: Workflow): void {
  const { run, version } = workflow;

  test.concurrent('ends a repeated event as a duplicate', async () => {
    const photo = await uploadedPhoto();
    const event = eventOf(photo, workflow);
    const runs = await Promise.all([run(event, { mocked: 'Passes' }), run(event, { mocked: 'Passes' })]);
    expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(runs.map(({ path }) => path.at(-1)).sort()).toEqual(['Duplicate', 'Publish']);
    expect(await photosAt(photo.placeId)).toHaveLength(1);
  });

  test.concurrent('ends an event of another version of the object as a duplicate', async () => {
    const photo = await uploadedPhoto();
    const { path, attempts } = await run(eventOf(photo, workflow, 'version-0'), { mocked: 'Passes' });
    expect(path).toEqual(['Claim', 'Duplicate']);
    expect(attempts('Claim')).toBe(1);
    expect(await readPhoto(photo.photoId)).toMatchObject({ objStatus: 'UPLOADED' });
  });

  test.concurrent('does not claim a photo whose owner asked for its removal', async () => {
    const photo = await uploadedPhoto('park', { deleteRequestedAt: new Date().toISOString() });
    const { path } = await run(eventOf(photo, workflow), { mocked: 'Passes' });
    expect(path).toEqual(['Claim', 'Duplicate']);
  });

  test.concurrent('lets the run that has claimed a photo pass Claim again', async () => {
    const name = randomUUID();
    const claimed = { objStatus: 'PROCESSING', executionId: executionId(workflow, name) } as const;
    const photo = await uploadedPhoto('park', claimed);
    const { path } = await run(eventOf(photo, workflow), { mocked: 'Passes', name });
    expect(path).toEqual(routes[version].park);
  });

  test.concurrent('leaves a photo that it could not claim to the sweep', async () => {
    const photo = await uploadedPhoto();
    const { status, path, error, attempts } = await run(eventOf(photo, workflow), { mocked: 'ClaimBusy' });
    expect(status).toBe('FAILED');
    expect(error).toBe(failures.Busy);
    expect(attempts('Claim')).toBe(6);
    expect(path).toEqual(['Claim', ...faulted]);
    const row = await readPhoto(photo.photoId);
    expect(row).toMatchObject({ objStatus: 'UPLOADED', GSI2PK: expect.stringMatching(/^open#UPLOADED/) });
    expect(row).not.toHaveProperty('fault');
  });
}

/** Nothing is published but what every judge of its route has passed. */
function testJudges(workflow: Workflow): void {
  const { run, version } = workflow;
  const judges = judgesOf(version).map((judge) => [judge.task, judge] as const);

  test.concurrent.for(judges)('%s refuses a photo: its owner reads why, nobody sees it', async ([, judge]) => {
    const photo = await uploadedPhoto(judge.placeType);
    const { status, path, output } = await run(eventOf(photo, workflow), { mocked: `${judge.task}Rejected` });
    expect(status).toBe('SUCCEEDED');
    expect(path).toEqual([...untilChoice(judge), ...refused]);
    expect(output).toEqual(refusals[judge.task]);
    const { reason, reasonDetail } = refusals[judge.task];
    await expectUnpublished(photo, { objStatus: 'REJECTED', reason, reasonDetail });
  });

  test.concurrent.for(judges)('%s, run for real, finds no original: the photo was withdrawn', async ([, judge]) => {
    const photo = await uploadedPhoto(judge.placeType);
    const { status, path } = await run(eventOf(photo, workflow), { mocked: `${judge.task}ForReal` });
    expect(status).toBe('SUCCEEDED');
    expect(path).toEqual([...untilChoice(judge), 'Withdrawn']);
    expect(await photosAt(photo.placeId)).toEqual([]);
  });

  test.concurrent.for(judges)('%s answers what the machine does not know: the photo fails', async ([, judge]) => {
    const photo = await uploadedPhoto(judge.placeType);
    const { status, error, path } = await run(eventOf(photo, workflow), { mocked: `${judge.task}Unheard` });
    expect(status).toBe('FAILED');
    expect(error).toBe('UnknownOutcome');
    expect(path).toEqual([...untilChoice(judge), 'UnknownOutcome', ...faulted]);
    await expectFailed(photo, 'UnknownOutcome: A task answered {"outcome":"UNHEARD_OF"}');
  });

  for (const [task] of judges) testFailures(workflow, task);
}

function testPublish(workflow: Workflow): void {
  testFailures(workflow, 'Publish');

  test.concurrent.for(lossesToAll)('Publish leaves a photo alone that was %s meanwhile', async ([, changes]) => {
    const { photo, ended, row } = await runLate(workflow, 'LatePublication', changes);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.path).toEqual(routes[workflow.version].park);
    expect(ended.output).toEqual({ outcome: 'WITHDRAWN' });
    expect(await readPhoto(photo.photoId)).toEqual(row);
    expect(await photosAt(photo.placeId)).toEqual([]);
  });
}

/** A task that fails at every try ends the photo. */
function testFailures(workflow: Workflow, task: Judge | 'Publish'): void {
  const isPatient = rekognitionTasks.includes(task);
  const ways: [string, Exclude<Failure, 'Busy'>, number][] = [
    ['is down', 'Down', isPatient ? 12 : 9],
    ['times out', 'TimesOut', isPatient ? 12 : 4],
  ];
  if (isPatient) ways.push(['is throttled', 'Throttled', 12]);

  test.concurrent.for(ways)(`${task} %s each time: the photo fails`, async ([, failure, tries]) => {
    const { placeType, before } = stopAt(workflow.version, task);
    const photo = await uploadedPhoto(placeType);
    const ended = await workflow.run(eventOf(photo, workflow), { mocked: `${task}${failure}` });
    expect(ended.status).toBe('FAILED');
    expect(ended.error).toBe(failures[failure]);
    expect(ended.path).toEqual([...before, task, ...faulted]);
    expect(ended.attempts(task)).toBe(tries);
    await expectFailed(photo, `${failures[failure]}: said by the test`);
  });
}

function testRecords(workflow: Workflow): void {
  const { run, version } = workflow;
  const throughResizer = untilChoice(stopAt(version, 'Resizer'));

  test.concurrent('fails a photo whose refusal cannot be recorded', async () => {
    const photo = await uploadedPhoto();
    const { status, error, path, attempts } = await run(eventOf(photo, workflow), { mocked: 'RefusalBusy' });
    expect(status).toBe('FAILED');
    expect(error).toBe(failures.Busy);
    expect(path).toEqual([...throughResizer, ...refused, ...faulted]);
    expect(attempts('RecordFailState')).toBe(6);
    await expectFailed(photo, `${failures.Busy}: said by the test`);
  });

  test.concurrent('leaves a photo whose fault cannot be recorded to the sweep, in its own shard', async () => {
    const photo = await uploadedPhoto('park', { photoId: `${randomBytes(15).toString('hex')}0d` });
    const { status, error, path, attempts } = await run(eventOf(photo, workflow), { mocked: 'FaultBusy' });
    expect(status).toBe('FAILED');
    expect(error).toBe('UnknownOutcome');
    expect(path).toEqual([...throughResizer, 'UnknownOutcome', ...faulted]);
    expect(attempts('RecordFault')).toBe(7);
    expect(await readPhoto(photo.photoId)).toMatchObject({ objStatus: 'PROCESSING', GSI2PK: 'open#PROCESSING#5' });
  });

  test.concurrent.for(lossesToAll)('does not refuse a photo that was %s meanwhile', async ([, changes]) => {
    const { photo, ended, row } = await runLate(workflow, 'LateRefusal', changes);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.path).toEqual([...throughResizer, ...refused, 'Withdrawn']);
    expect(ended.attempts('RecordFailState')).toBe(1);
    expect(await readPhoto(photo.photoId)).toEqual(row);
  });

  test.concurrent.for(losses)('does not fail a photo that was %s meanwhile', async ([, changes]) => {
    const { photo, ended, row } = await runLate(workflow, 'LateFault', changes);
    expect(ended.status).toBe('FAILED');
    expect(ended.error).toBe('UnknownOutcome');
    expect(ended.path).toEqual([...throughResizer, 'UnknownOutcome', ...faulted]);
    expect(ended.attempts('RecordFault')).toBe(1);
    expect(await readPhoto(photo.photoId)).toEqual(row);
  });
}

/** What can take a photo from a run. */
const losses: [string, Partial<PhotoRecord>][] = [
  ['removed by its owner', { deleteRequestedAt: new Date().toISOString() }],
  ['claimed by another run', { executionId: 'another run' }],
];

/** Only its fault may be added to a photo that the sweep has given up. */
const lossesToAll: typeof losses = [...losses, ['given up by the sweep', { objStatus: 'FAILED' }]];

async function runLate(
  workflow: Workflow,
  mocked: 'LatePublication' | 'LateRefusal' | 'LateFault',
  changes: Partial<PhotoRecord>,
): Promise<{ photo: PhotoRecord; ended: Run; row: PhotoRecord | undefined }> {
  const name = randomUUID();
  const claimed = { objStatus: 'PROCESSING', executionId: executionId(workflow, name) } as const;
  const photo = await uploadedPhoto('park', { ...claimed, ...changes });
  const row = await readPhoto(photo.photoId);
  return { photo, ended: await workflow.run(eventOf(photo, workflow), { mocked, name }), row };
}

/** Each task fails some times, and then does not: nobody needs to notice. */
function testRecovery(workflow: Workflow): void {
  const { run, version } = workflow;
  let copy: FlakyCopy;
  beforeAll(async () => {
    copy = await copyWithFlakyTasks(workflow.stateMachineArn);
  });
  afterAll(() => copy.remove());

  const recover = async (task: Task, placeType: PlaceType, flakiness: Flakiness): Promise<Run> => {
    const photo = await uploadedPhoto(placeType);
    const { stateMachineArn } = copy;
    const ended = await run(eventOf(photo, workflow), {
      name: `${task}-${randomUUID()}`,
      copy: { stateMachineArn, flakiness },
    });
    expect(ended.attempts(task)).toBe((flakiness.failures[task] ?? []).length + 1);
    return ended;
  };

  const functions: Task[] = [...judgesOf(version).map(({ task }) => task), 'Publish'];
  test.concurrent.for(functions)('%s recovers from unknown errors, then from each that passes', async (task) => {
    const { placeType } = stopAt(version, task);
    const { status, path } = await recover(task, placeType, { failures: { [task]: passingErrors(task) } });
    expect(status).toBe('SUCCEEDED');
    expect(path).toEqual(routes[version][placeType]);
  });

  const isOfRoute = (task: Task) => Object.values(routes[version]).some((route) => route.includes(task));
  const reads = (['Claim', 'GetPlace'] as const).filter(isOfRoute);
  test.concurrent.for(reads)('%s recovers from a table that fails twice', async (task) => {
    const { status, path } = await recover(task, 'park', { failures: { [task]: ['first', 'second'] } });
    expect(status).toBe('SUCCEEDED');
    expect(path).toEqual(routes[version].park);
  });

  test.concurrent('RecordFailState recovers from a table that fails twice', async () => {
    const { status, output } = await recover('RecordFailState', 'park', {
      failures: { RecordFailState: ['first', 'second'] },
      answers: { Resizer: refusals.Resizer },
    });
    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual(refusals.Resizer);
  });

  test.concurrent('RecordFault recovers from a table that fails twice', async () => {
    const { error } = await recover('RecordFault', 'park', {
      failures: { RecordFault: ['first', 'second'] },
      answers: { Resizer: unheardOf },
    });
    expect(error).toBe('UnknownOutcome');
  });
}

/**
 * Errors that a function's Retry takes, one after the other, and just so many. An error that the first retrier should name
 * and does not would be one too many for the second, whose tries are used up. Lambda.ServiceException has its case above.
 */
function passingErrors(task: Task): string[] {
  const unknown = ['Error', 'TypeError', 'Error'];
  if (rekognitionTasks.includes(task)) return [...unknown, 'SyntaxError', ...rekognitionErrors, ...unknown];
  return [...unknown, ...lambdaErrors.filter((error) => error !== failures.Down)];
}

async function expectUnpublished(photo: PhotoRecord, expected: object): Promise<void> {
  const row = await readPhoto(photo.photoId);
  expect(row).toMatchObject(expected);
  expect(row).not.toHaveProperty('GSI2PK');
  expect(row).not.toHaveProperty('GSI2SK');
  expect(await photosAt(photo.placeId)).toEqual([]);
}

async function expectFailed(photo: PhotoRecord, fault: string): Promise<void> {
  const reasonDetail = expect.stringContaining('upload it again');
  await expectUnpublished(photo, { objStatus: 'FAILED', reason: 'SYSTEM_FAULT', reasonDetail, fault });
}
