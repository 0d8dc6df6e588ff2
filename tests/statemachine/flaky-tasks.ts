import { randomUUID } from 'node:crypto';
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, DeleteStateMachineCommand, DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { strToU8, zipSync } from 'fflate';
import { lambda, stepFunctions } from '../engine-fixture.ts';
import { type Definition, isFunction, type State } from './definition.ts';
import { passingAnswers } from './mocked-responses.ts';
import type { Task } from './tasks.ts';

/** What a copy's execution gets beside the event. */
export interface Flakiness {
  /** The errors of a task's first tries; of a DynamoDB task only their number counts. */
  readonly failures: Partial<Record<Task, string[]>>;
  /** What functions answer then, unless it is that the photo passes. */
  readonly answers?: Partial<Record<Task, unknown>>;
}

const answers = { ...passingAnswers, Publish: { outcome: 'PUBLISHED' } };

const source = `
const passing = ${JSON.stringify(answers)};
exports.handler = async ({ task, tries, flakiness: { failures, answers } }) => {
  const name = failures[task]?.[tries];
  if (name !== undefined) throw Object.assign(new Error('said by the test'), { name });
  return answers?.[task] ?? passing[task];
};
`;

export interface FlakyCopy {
  readonly stateMachineArn: string;
  remove(): Promise<void>;
}

/**
 * Copies a machine so that its tasks fail as an execution's input says ({@link Flakiness}), then succeed: functions are
 * replaced by one that throws, and tables have a wrong name at first. Retry and Catch are the machine's own.
 */
export async function copyWithFlakyTasks(machine: string): Promise<FlakyCopy> {
  const described = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn: machine }));
  const definition = JSON.parse(described.definition ?? '') as Definition;
  const name = `flaky-${randomUUID()}`;
  const { Role } = await lambda.send(
    new GetFunctionConfigurationCommand({
      FunctionName: String(definition.States['Publish']?.Arguments?.['FunctionName']),
    }),
  );
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
    }),
  );
  const States = Object.fromEntries(
    Object.entries(definition.States).map(([task, state]) => [task, flaky(task, state, FunctionArn)]),
  );
  const { stateMachineArn = '' } = await stepFunctions.send(
    new CreateStateMachineCommand({
      name,
      definition: JSON.stringify({ ...definition, States }),
      roleArn: described.roleArn,
    }),
  );
  return {
    stateMachineArn,
    async remove() {
      await stepFunctions.send(new DeleteStateMachineCommand({ stateMachineArn }));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
    },
  };
}

function flaky(task: string, state: State, FunctionName: string): State {
  if (state.Type !== 'Task') return state;
  return { ...state, Arguments: isFunction(state) ? { FunctionName, Payload: payloadOf(task) } : table(task, state) };
}

const payloadOf = (task: string) => ({
  task,
  tries: '{% $states.context.State.RetryCount %}',
  flakiness: '{% $states.context.Execution.Input.flakiness %}',
});

function table(task: string, { Arguments = {} }: State) {
  const failures = `$count($states.context.Execution.Input.flakiness.failures.${task})`;
  const TableName = `{% $states.context.State.RetryCount < ${failures} ? 'no-such-table' : '${Arguments['TableName']}' %}`;
  return { ...Arguments, TableName };
}
