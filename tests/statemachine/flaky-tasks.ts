import { randomUUID } from 'node:crypto';
import { CreateFunctionCommand, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { strToU8, zipSync } from 'fflate';
import { lambda, physicalId, stepFunctions } from '../engine-fixture.ts';
import { renderedPhoto } from './mocked-responses.ts';

/** Fails the first two tries of each photo's task, then answers like the real one. Counts in files: workers come and go. */
const source = `
const { appendFileSync, readFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
exports.handler = async (input) => {
  const task = input.resized ? 'publish' : 'resize';
  const tries = tmpdir() + '/tries-' + task + '-' + (input.photoId ?? input.ID);
  appendFileSync(tries, '.');
  if (readFileSync(tries).length < 3) throw Object.assign(new Error('not yet'), { name: 'OutOfOrder' });
  return task === 'publish' ? { outcome: 'PUBLISHED' } : ${JSON.stringify(renderedPhoto)};
};
`;

/** @returns the ARN of a copy of the machine whose functions are flaky */
export async function machineWithFlakyTasks(stateMachineArn: string): Promise<string> {
  const { definition = '', roleArn } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const configuration = new GetFunctionConfigurationCommand({
    FunctionName: await physicalId('workflow-v1', 'PublishPhotoFunction'),
  });
  const { Role } = await lambda.send(configuration);
  const name = `flaky-${randomUUID()}`;
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
    }),
  );
  const flaky = definition.replaceAll(/arn:[^"]*:function:[^"]*/g, FunctionArn ?? '');
  const machine = await stepFunctions.send(new CreateStateMachineCommand({ name, definition: flaky, roleArn }));
  return machine.stateMachineArn ?? '';
}
