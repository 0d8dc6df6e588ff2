import {
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteServices } from '../src/delete.ts';
import type { Target } from '../src/target.ts';
import { useWorkflow, waitUntilIdle, workflowName } from '../src/workflows.ts';

const ssm = mockClient(SSMClient);
const stepFunctions = mockClient(SFNClient);
const activeWorkflow = '/happy-path/prod/backend/active-workflow';
const target: Target = {
  stage: 'prod',
  name: 'stage prod',
  config: { region: 'eu-west-1' },
  command: (verb, settings = {}) => [verb, ...Object.values(settings)].join(' '),
};
const arnOf = (name: string) => `arn:aws:states:eu-west-1:1:stateMachine:${name}`;

/** Two versions are deployed, over two pages, v1 is active since `since`. */
function deployed(since?: Date): void {
  const parameter = (name: string) => ({ Name: `/happy-path/prod/${name}/state-machine-arn`, Value: arnOf(name) });
  ssm
    .on(GetParametersByPathCommand, { Path: '/happy-path/prod', Recursive: true })
    .resolves({ Parameters: [parameter('workflow-v10'), { Name: '/happy-path/prod/backend/api-url' }], NextToken: '2' })
    .on(GetParametersByPathCommand, { NextToken: '2' })
    .resolves({ Parameters: [parameter('workflow-v1'), parameter('workflow-v2')] })
    .on(GetParameterCommand, { Name: activeWorkflow })
    .resolves({ Parameter: { Value: 'workflow-v1', ...(since && { LastModifiedDate: since }) } });
  stepFunctions
    .on(DescribeStateMachineCommand)
    .resolves({ status: 'ACTIVE' })
    .on(ListExecutionsCommand, { statusFilter: 'RUNNING' })
    .resolves({ executions: [] });
}

const running = (count: number) => ({ executions: Array.from({ length: count }, () => ({})) as never });
const written = () => ssm.commandCalls(PutParameterCommand).map(({ args }) => args[0].input);

let said: string[];
beforeEach(() => {
  ssm.reset();
  stepFunctions.reset();
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(console, 'log').mockImplementation((text) => said.push(String(text)));
});
afterEach(() => vi.restoreAllMocks());

it.each(['2', 'v2', 'workflow-v2', 'workflow-2'])('takes %s for workflow-v2', (given) => {
  expect(workflowName(given)).toBe('workflow-v2');
});

describe('useWorkflow', () => {
  it('writes one parameter, and says what happens to old runs and new photos', async () => {
    deployed();
    stepFunctions
      .on(ListExecutionsCommand, { stateMachineArn: arnOf('workflow-v1'), statusFilter: 'RUNNING' })
      .resolves({ ...running(2), nextToken: 'more' })
      .on(ListExecutionsCommand, { stateMachineArn: arnOf('workflow-v1'), nextToken: 'more' })
      .resolves(running(1));
    await useWorkflow(target, '2');
    expect(written()).toEqual([{ Name: activeWorkflow, Value: 'workflow-v2', Type: 'String', Overwrite: true }]);
    const text = said.join('');
    expect(text).toMatch(/switch stage prod: workflow-v1 → workflow-v2/);
    expect(text).toMatch(/go to workflow-v2, at the latest in 5 s/);
    expect(text).toMatch(/3 runs in flight on workflow-v1 will finish there/);
  });

  it('changes nothing when it is active already', async () => {
    deployed();
    await useWorkflow(target, 'workflow-v1');
    expect(written()).toEqual([]);
    expect(said.join('')).toMatch(/workflow-v1 is already the active workflow/);
  });

  it('refuses a version that is not deployed, and names those that are', async () => {
    deployed();
    await expect(useWorkflow(target, '3')).rejects.toMatchObject({
      message: 'workflow-v3 is not deployed on stage prod.',
      advice: expect.stringMatching(
        /^Deployed: workflow-v1 \(active\), workflow-v2, workflow-v10\. .*deploy workflow-v3/,
      ),
    });
    expect(written()).toEqual([]);
  });

  it.each([
    ['is gone', 'MISSING', () => Promise.reject(new StateMachineDoesNotExist({ message: '', $metadata: {} }))],
    ['is being deleted', 'DELETING', () => Promise.resolve({ status: 'DELETING' as const })],
  ])('refuses a version whose state machine %s', async (_why, status, answer) => {
    deployed();
    stepFunctions.on(DescribeStateMachineCommand, { stateMachineArn: arnOf('workflow-v2') }).callsFake(answer);
    await expect(useWorkflow(target, '2')).rejects.toMatchObject({ message: expect.stringContaining(`(${status})`) });
    expect(written()).toEqual([]);
  });

  it('switches from the workflow that the backend would begin with', async () => {
    deployed();
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: '', $metadata: {} }));
    await useWorkflow(target, '2');
    expect(said.join('')).toMatch(/workflow-v1 → workflow-v2/);
    expect(written()).toHaveLength(1);
  });

  it('lists the versions and marks the active one', async () => {
    deployed();
    await useWorkflow(target, undefined);
    expect(said.filter((line) => line.startsWith('  '))).toEqual([
      '  workflow-v1   active  0 runs in flight',
      '  workflow-v2           0 runs in flight',
      '  workflow-v10          0 runs in flight',
    ]);
    expect(written()).toEqual([]);
  });

  it('says that nothing is deployed', async () => {
    deployed();
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] });
    await expect(useWorkflow(target, undefined)).rejects.toThrow('No workflow is deployed on stage prod.');
  });
});

describe('waiting for the last runs', () => {
  const longAgo = new Date(0);

  it('looks three times before it takes a version for idle: the list of runs lags', async () => {
    deployed(longAgo);
    stepFunctions.on(ListExecutionsCommand).resolvesOnce(running(0)).resolvesOnce(running(1)).resolves(running(0));
    await waitUntilIdle(target, 'workflow-v2', () => {});
    expect(stepFunctions.commandCalls(ListExecutionsCommand)).toHaveLength(2 + 3);
  });

  it('goes on until the last run has ended', async () => {
    deployed(longAgo);
    stepFunctions.on(ListExecutionsCommand).resolvesOnce(running(2)).resolves(running(0));
    const tell = vi.fn();
    await waitUntilIdle(target, 'workflow-v2', tell);
    expect(tell.mock.calls[0]).toEqual(['2 runs in flight']);
    expect(tell.mock.calls.slice(1).flat()).not.toContain('2 runs in flight');
  });

  it('goes on for a while after a switch, when a run may still begin', async () => {
    deployed(new Date(Date.now() - 14_500));
    const tell = vi.fn();
    await waitUntilIdle(target, 'workflow-v2', tell);
    expect(tell.mock.calls[0]).toEqual([expect.stringContaining('runs may still begin')]);
  });

  it('is over after 45 minutes, with nothing deleted', async () => {
    deployed(longAgo);
    stepFunctions.on(ListExecutionsCommand).resolves(running(1));
    const now = Date.now();
    vi.spyOn(Date, 'now')
      .mockReturnValueOnce(now)
      .mockReturnValue(now + 46 * 60_000);
    await expect(waitUntilIdle(target, 'workflow-v2', () => {})).rejects.toMatchObject({
      message: 'workflow-v2 still has 1 run in flight after 45 minutes. Nothing was deleted.',
      advice: expect.stringContaining(arnOf('workflow-v2')),
    });
  });

  it('ends when somebody switches back meanwhile', async () => {
    deployed(longAgo);
    stepFunctions.on(ListExecutionsCommand).resolves(running(1));
    ssm
      .on(GetParameterCommand)
      .resolvesOnce({ Parameter: { Value: 'workflow-v1' } })
      .resolves({ Parameter: { Value: 'workflow-v2' } });
    await expect(waitUntilIdle(target, 'workflow-v2', () => {})).rejects.toThrow('is the active workflow');
  });
});

describe('deleteServices', () => {
  it('refuses the active workflow and says how to switch', async () => {
    deployed();
    await expect(deleteServices(target, 'workflow-v1')).rejects.toMatchObject({
      message: 'workflow-v1 is the active workflow of stage prod: photos go there.',
      advice: expect.stringContaining('use-workflow <other> && delete workflow-v1'),
    });
  });
});
