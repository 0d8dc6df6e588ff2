import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, paginateListFunctions } from '@aws-sdk/client-lambda';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { drawTestCard } from '../../local/ai/src/test-card.ts';
import { clientConfig } from '../../local/src/clients.ts';
import { runningInstance } from '../../local/src/engine.ts';
import { poll } from '../../local/src/poll.ts';
import { Stacks } from '../../local/src/stacks.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { lambda, photosAt, physicalId, site } from '../engine-fixture.ts';
import { ended, uploadFor } from '../stamped-photos.ts';
import { scriptCard, timesAsked } from '../test-cards.ts';
import { make } from './make.ts';

const cloudFormation = new CloudFormationClient(site);
/** Longer ago than the sweep is patient. */
const longAgo = new Date(Date.now() - 3600_000).toISOString();
const stackOf = (service: string) => `happy-path-local-${service}`;

let visitor: Visitor;
let placeId: string;
beforeAll(async () => {
  visitor = await Visitor.signUp(site);
  const place = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
  placeId = (await visitor.post('/locations', place)).body.placeId;
});
afterEach(() => make('use-workflow', { V: '1' }));

async function stackNames(): Promise<string[]> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
  return Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName = '' }) => StackName);
}

/** Everything of the deployed stacks, but for some services', that a deployment could change. */
async function allBut(...services: string[]): Promise<unknown> {
  const names = (await stackNames()).filter((name) => !services.map(stackOf).includes(name)).toSorted();
  const stacks = await Promise.all(
    names.map(async (StackName) => {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const resources: unknown[] = [];
      for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName }))
        resources.push(...(page.StackResourceSummaries ?? []));
      return { id: stack?.StackId, updated: stack?.LastUpdatedTime, parameters: stack?.Parameters, resources };
    }),
  );
  const functions: unknown[] = [];
  for await (const page of paginateListFunctions({ client: lambda }, {}))
    for (const { FunctionName = '', CodeSha256, LastModified } of page.Functions ?? [])
      if (names.some((name) => FunctionName.startsWith(`${name}-`)))
        functions.push({ FunctionName, CodeSha256, LastModified });
  return { stacks, functions };
}

const upload = (photo: Buffer) => visitor.upload(placeId, 'image/jpeg', photo);

test('a workflow is deleted, another updated, and no other stack changes', async () => {
  const before = await allBut('workflow-v3', 'workflow-v4');
  const photo = await drawTestCard(await scriptCard([{ moderationLabels: [] }]));

  await make('delete', { SERVICE: 'workflow-v3' });
  expect(await stackNames()).not.toContain(stackOf('workflow-v3'));
  await expect(make('use-workflow', { V: '3' })).rejects.toThrow('workflow-v3 is not deployed');
  const { ID: stranded } = await uploadFor('workflow-v3', placeId, photo, longAgo);
  await setLogLevel('workflow-v4', 'DEBUG');
  const meanwhile = await upload(photo);
  expect(await ended(meanwhile)).toMatchObject({ objStatus: 'PROCESSED', workflow: 'workflow-v1' });
  await sweep();
  expect(await ended(stranded)).toMatchObject({ objStatus: 'PROCESSED', workflow: 'workflow-v1' });
  expect(await allBut('workflow-v3', 'workflow-v4')).toEqual(before);

  await setLogLevel('workflow-v4', 'INFO');
  await make('sync', { SERVICE: 'workflow-v3' });
  expect(await allBut('workflow-v3', 'workflow-v4')).toEqual(before);
  const { ID } = await uploadFor('workflow-v3', placeId, photo);
  expect(await ended(ID)).toMatchObject({ objStatus: 'PROCESSED', workflow: 'workflow-v3' });
}, 180_000);

async function setLogLevel(service: string, LogLevel: string): Promise<void> {
  const stacks = new Stacks(clientConfig(await runningInstance('test')));
  const stack = await stacks.find(stackOf(service));
  if (!stack) throw new Error(`${service} is not deployed`);
  await stacks.changeParameters(stack, { LogLevel });
}

test('the active workflow cannot be deleted', async () => {
  await make('use-workflow', { V: '2' });
  await expect(make('delete', { SERVICE: 'workflow-v2' })).rejects.toThrow('workflow-v2 is the active workflow');
  expect(await stackNames()).toContain(stackOf('workflow-v2'));
});

test('a run ends on the version it began on, and deleting that version waits for it', async () => {
  const card = await scriptCard([{ moderationLabels: [], delayMs: 5_000 }]);
  const photo = await uploadFor('workflow-v2', placeId, await drawTestCard(card));
  await poll('the moderator to be asked', 20_000, async () => ((await timesAsked(card)) > 0 ? true : undefined));
  await make('use-workflow', { V: '3' });
  const deleting = make('delete', { SERVICE: 'workflow-v2' });
  expect(await ended(photo.ID)).toMatchObject({ objStatus: 'PROCESSED', workflow: 'workflow-v2' });
  expect(await deleting).toContain('wait for the last runs of workflow-v2');
  expect(await stackNames()).not.toContain(stackOf('workflow-v2'));
  await make('sync', { SERVICE: 'workflow-v2' });
}, 180_000);

async function sweep(): Promise<void> {
  const FunctionName = await physicalId('backend', 'OnSweepScheduleFunction');
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
  if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
}

test('a photo that failed can be tried again, by the version that is active then', async () => {
  const card = await scriptCard([{ fault: 'ThrottlingException' }]);
  const { ID } = await uploadFor('workflow-v2', placeId, await drawTestCard(card));
  expect(await ended(ID)).toMatchObject({ objStatus: 'FAILED', reason: 'SYSTEM_FAULT' });
  expect((await photosAt(placeId)).map((each) => each['photoId'])).not.toContain(ID);

  await scriptCard([{ moderationLabels: [] }], card);
  expect(await make('redrive', { SERVICE: 'backend' })).toContain(ID);
  await sweep();
  const row = await ended(ID);
  expect(row).toMatchObject({ objStatus: 'PROCESSED' });
  for (const name of ['reason', 'reasonDetail', 'fault', 'GSI2PK']) expect(row).not.toHaveProperty(name);
  expect((await photosAt(placeId)).filter((each) => each['photoId'] === ID)).toHaveLength(1);
});
