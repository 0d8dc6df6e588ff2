import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient, DeleteUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DeleteTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteFromAws } from '../src/aws.ts';
import { deleteServices } from '../src/delete.ts';
import { instanceAt } from '../src/instance.ts';
import { localTarget, type Target } from '../src/target.ts';
import { readServices } from '../src/templates.ts';

vi.mock('../src/aws.ts', () => ({ deleteFromAws: vi.fn() }));

const cloudFormation = mockClient(CloudFormationClient);
const cognito = mockClient(CognitoIdentityProviderClient);
const dynamo = mockClient(DynamoDBClient);
const s3 = mockClient(S3Client);

const resources = {
  Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'RetainExceptOnCreate' },
  Table: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain' },
  Users: { Type: 'AWS::Cognito::UserPool', DeletionPolicy: 'Retain' },
  Passing: { Type: 'AWS::S3::Bucket' },
};

/** These services have stacks, each with the resources above. */
const deployed = (...names: string[]): void => deployedAs('local', ...names);

function deployedAs(stage: string, ...names: string[]): void {
  for (const name of names) {
    const StackName = `happy-path-${stage}-${name}`;
    const stack = { StackName, StackId: 'arn:aws:cloudformation:eu-west-1:1:stack/x', StackStatus: 'CREATE_COMPLETE' };
    cloudFormation.on(DescribeStacksCommand, { StackName }).resolves({ Stacks: [stack as never] });
    cloudFormation.on(DeleteStackCommand, { StackName }).callsFake(async () => {
      cloudFormation.on(DescribeStacksCommand, { StackName }).resolves({ Stacks: [] });
    });
  }
}

const deletedStacks = () => cloudFormation.commandCalls(DeleteStackCommand).map(({ args }) => args[0].input.StackName);

let folder: string;
let target: Target;
beforeEach(async () => {
  for (const client of [cloudFormation, cognito, dynamo, s3]) client.reset();
  vi.mocked(deleteFromAws).mockReset();
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  folder = await mkdtemp(join(tmpdir(), 'happy-path-delete-'));
  target = localTarget(instanceAt({ name: 'demo', folder }, 4566, 'eu-west-1'));
  cloudFormation.on(DescribeStacksCommand).resolves({ Stacks: [] });
  cloudFormation.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify({ Resources: resources }) });
  cloudFormation.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: Object.entries(resources).map(([id, { Type }]) => ({
      LogicalResourceId: id,
      ResourceType: Type,
      PhysicalResourceId: id.toLowerCase(),
      LastUpdatedTimestamp: undefined,
      ResourceStatus: undefined,
    })),
  });
  s3.on(ListObjectVersionsCommand)
    .resolvesOnce({ Versions: [{ Key: 'a', VersionId: '1' }], DeleteMarkers: [{ Key: 'a', VersionId: '2' }] })
    .resolves({});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

it('deletes everything from the local engine, the last deployed first', async () => {
  const all = readServices().map(({ name }) => name);
  deployed(...all);
  await deleteServices(target, undefined);
  const order = deletedStacks().map((stack = '') => stack.replace('happy-path-local-', ''));
  expect(order.toSorted()).toEqual(all.toSorted());
  const after = (name: string) => order.slice(order.indexOf(name) + 1);
  expect(after('workflow-v1')).toContain('backend');
  expect(after('reviews')).toContain('backend');
  expect(after('inventory')).toContain('anti-corruption');
});

it('deletes, with its content, what the stack would retain, and leaves the rest to CloudFormation', async () => {
  deployed('backend');
  await deleteServices(target, 'backend');
  const Objects = [
    { Key: 'a', VersionId: '1' },
    { Key: 'a', VersionId: '2' },
  ];
  expect(s3.commandCalls(DeleteObjectsCommand)[0]?.args[0].input.Delete?.Objects).toEqual(Objects);
  expect(s3.commandCalls(DeleteBucketCommand).map(({ args }) => args[0].input)).toEqual([{ Bucket: 'kept' }]);
  expect(dynamo.commandCalls(DeleteTableCommand)[0]?.args[0].input).toEqual({ TableName: 'table' });
  expect(cognito.commandCalls(DeleteUserPoolCommand)[0]?.args[0].input).toEqual({ UserPoolId: 'users' });
  expect(deletedStacks()).toEqual(['happy-path-local-backend']);
});

it('goes on where it was interrupted', async () => {
  deployed('backend');
  dynamo.on(DeleteTableCommand).rejects(new ResourceNotFoundException({ message: '', $metadata: {} }));
  await deleteServices(target, 'backend');
  expect(deletedStacks()).toEqual(['happy-path-local-backend']);
});

it('refuses a service whose parameters a deployed one was made with', async () => {
  deployed('backend', 'workflow-v1');
  await expect(deleteServices(target, 'backend')).rejects.toMatchObject({
    message: 'backend is used by what is deployed: workflow-v1.',
    advice: 'Delete these first, or everything: make delete',
  });
  expect(deletedStacks()).toEqual([]);
});

describe('on AWS', () => {
  const aws: Target = {
    stage: 'prod',
    name: 'stage prod',
    config: { region: 'eu-west-1' },
    command: (verb) => `make ${verb} STAGE=prod`,
  };

  it('refuses a topic that deployed queues are subscribed to: a new one of the same name would not reach them', async () => {
    deployedAs('prod', 'anti-corruption', 'inventory', 'analytics');
    await expect(deleteServices(aws, 'anti-corruption')).rejects.toMatchObject({
      message: expect.stringMatching(
        /^anti-corruption is used by what is deployed: (analytics, inventory|inventory, analytics)\.$/,
      ),
      advice: 'Delete these first, or everything: make delete STAGE=prod',
    });
    expect(deleteFromAws).not.toHaveBeenCalled();
  });

  it.each([undefined, 'anti-corruption'])(
    'leaves %s to SAM when nothing else that is deployed there uses it',
    async (only) => {
      // Another stage's.
      deployed('inventory');
      await deleteServices(aws, only);
      expect(deleteFromAws).toHaveBeenCalledTimes(1);
      const [services = [], stage] = vi.mocked(deleteFromAws).mock.calls[0] ?? [];
      const named = services.map(({ name }) => name).toSorted();
      expect(named).toEqual(
        only
          ? [only]
          : readServices()
              .map(({ name }) => name)
              .toSorted(),
      );
      expect(stage).toBe('prod');
    },
  );
});

it('leaves alone what is not deployed', async () => {
  await deleteServices(target, 'backend');
  expect(deletedStacks()).toEqual([]);
});
