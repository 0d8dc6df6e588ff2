import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PhotoRecord } from '@happy-path/photos/photo-record';
import { poll } from '../../local/src/poll.ts';
import { documents, published, stepFunctions, storePhoto, tableName, uploadBucket } from '../engine-fixture.ts';
import type { Definition } from './definition.ts';
import type { Flakiness } from './flaky-tasks.ts';
import { type Visit, visitsIn } from './history.ts';
import type { Case } from './mocked-responses.ts';
import type { Version } from './routes.ts';

export interface Run {
  readonly executionArn: string;
  readonly status: string;
  readonly error: string | undefined;
  readonly output: unknown;
  readonly visits: readonly Visit[];
  /** Names of the states in the order they were entered. */
  readonly path: readonly string[];
  /** How often a task that was not mocked, or that threw, was tried. */
  attempts(state: string): number;
}

export interface RunOptions {
  /** Tasks answer as mocked-responses.ts says. */
  readonly mocked?: Case;
  readonly name?: string;
  /** Runs a copy with this input beside the event. */
  readonly copy?: { readonly stateMachineArn: string; readonly flakiness: Flakiness };
}

/** A deployed workflow, its definition, and what this file's tests have run on it. */
export interface Workflow {
  readonly version: Version;
  readonly stateMachineArn: string;
  readonly definition: Definition;
  readonly runs: Run[];
  /** Runs the machine to its end. */
  run(event: unknown, options?: RunOptions): Promise<Run>;
}

export async function openWorkflow(version: Version): Promise<Workflow> {
  const stateMachineArn = await published(`workflow-${version}/state-machine-arn`);
  const runs: Run[] = [];
  return {
    version,
    stateMachineArn,
    definition: JSON.parse(await readFile(`statemachines/${version}.asl.json`, 'utf8')) as Definition,
    runs,
    async run(event, { mocked, name = randomUUID(), copy } = {}) {
      const machine = copy?.stateMachineArn ?? stateMachineArn;
      const { executionArn = '' } = await stepFunctions.send(
        new StartExecutionCommand({
          stateMachineArn: mocked ? `${machine}#${mocked}` : machine,
          name,
          input: JSON.stringify({ ...Object(event), flakiness: copy?.flakiness }),
        }),
      );
      const run = await ended(executionArn, mocked ?? name);
      runs.push(run);
      return run;
    },
  };
}

async function ended(executionArn: string, what: string): Promise<Run> {
  const {
    status = '',
    error,
    output,
  } = await poll(`the run of ${what} to end`, 45_000, async () => {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === 'RUNNING' ? undefined : execution;
  });
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  const visits = visitsIn(events);
  return {
    executionArn,
    status,
    error,
    output: status === 'SUCCEEDED' && output ? JSON.parse(output) : undefined,
    visits,
    path: visits.map(({ state }) => state),
    attempts: (state) => visits.filter((visit) => visit.state === state).reduce((sum, { tries }) => sum + tries, 0),
  };
}

/** The id of an execution before it is started. */
export const executionId = ({ stateMachineArn }: Workflow, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** An uploaded photo's row, and its place; with `null` there is no such place. */
export async function uploadedPhoto(
  placeType: string | null = 'park',
  changes: Partial<PhotoRecord> = {},
): Promise<PhotoRecord> {
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
  if (placeType !== null) {
    const { placeId } = photo;
    const place = { PK: `place#${placeId}`, SK: 'listing', placeId, name: 'A place', type: placeType };
    await documents.send(new PutCommand({ TableName: tableName, Item: place }));
  }
  return photo;
}

export const eventOf = (photo: PhotoRecord, { version }: Workflow, versionId = photo.versionId) => ({
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
    workflow: `workflow-${version}`,
    correlationId: photo.correlationId,
  },
});
