import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { handlerName, logicalId } from '../../tools/handler-file.ts';
import { clientConfig } from './clients.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { makeCommand } from './make-command.ts';
import { root } from './paths.ts';
import { Stacks } from './stacks.ts';
import { deployConfig, readServices, type Service } from './templates.ts';

const followMs = 500;

/** A function of the repository, and its name on the engine. */
export interface LocalFunction {
  service: Service;
  logicalId: string;
  /** Name on the engine. */
  name: string;
}

/**
 * Finds a function by its logical id or its kebab-case name.
 *
 * @throws Failure when no template has it, or its stack is not deployed
 */
export async function findFunction(instance: Instance, given: string | undefined): Promise<LocalFunction> {
  const services = readServices();
  if (!given)
    throw new Failure('Which function?', { advice: `FUNCTION=<name>, one of: ${functionNames(services).join(', ')}` });
  const id = logicalId(given);
  const service = services.find(({ template }) => template.Resources[id]?.Type === 'AWS::Serverless::Function');
  if (!service)
    throw new Failure(`No template has a function "${given}".`, {
      advice: `There are: ${functionNames(services).join(', ')}`,
    });
  const resources = await new Stacks(clientConfig(instance))
    .resources(deployConfig(service, 'local').stackName)
    .catch(() => undefined);
  const name = resources?.[id]?.physicalId;
  if (!name)
    throw new Failure(`${id} is not deployed on the engine.`, { advice: `Run: ${makeCommand('up', instance)}` });
  return { service, logicalId: id, name };
}

function functionNames(services: Service[]): string[] {
  return services.flatMap(({ template }) =>
    Object.entries(template.Resources).flatMap(([id, { Type }]) =>
      Type === 'AWS::Serverless::Function' ? [handlerName(id)] : [],
    ),
  );
}

/**
 * Reads the event to invoke a function with.
 *
 * @throws Failure naming the function's sample, when no file is given
 */
export async function readEvent({ service, logicalId: id }: LocalFunction, path: string | undefined): Promise<Buffer> {
  if (!path) {
    const sample = join('events', 'invoke', service.name, `${handlerName(id)}.json`);
    const advice = existsSync(join(root, sample)) ? `try EVENT=${sample}` : 'name a JSON file: EVENT=<path>';
    throw new Failure(`EVENT is missing; ${advice}`);
  }
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Failure(`EVENT=${path} cannot be read.`, { cause });
  }
}

/** Invokes a function on the engine; the log lines are the last 4 KB, as with AWS's LogType Tail. */
export async function invokeFunction(
  instance: Instance,
  target: LocalFunction,
  event: Uint8Array,
): Promise<{ payload: string; log: string; failed: boolean }> {
  const { Payload, LogResult, FunctionError } = await new LambdaClient(clientConfig(instance)).send(
    new InvokeCommand({ FunctionName: target.name, Payload: event, LogType: 'Tail' }),
  );
  return {
    payload: Buffer.from(Payload ?? []).toString(),
    log: Buffer.from(LogResult ?? '', 'base64').toString(),
    failed: FunctionError !== undefined,
  };
}

/**
 * Writes `env.json` for `sam local invoke --env-vars`: the environment of the deployed function, SSM parameters resolved.
 *
 * @returns the file's path
 */
export async function writeEnvironment(
  instance: Instance,
  { service, logicalId: id, name }: LocalFunction,
): Promise<string> {
  const { Environment } = await new LambdaClient(clientConfig(instance)).send(
    new GetFunctionConfigurationCommand({ FunctionName: name }),
  );
  const file = join(service.folder, 'env.json');
  await writeFile(file, `${JSON.stringify({ [id]: Environment?.Variables ?? {} }, null, 2)}\n`);
  return file;
}

/** Log lines of a function, oldest first; with `follow` the stream goes on until it is left. */
export async function* logLines(instance: Instance, { name }: LocalFunction, follow: boolean): AsyncGenerator<string> {
  const config = clientConfig(instance);
  const { LoggingConfig } = await new LambdaClient(config).send(
    new GetFunctionConfigurationCommand({ FunctionName: name }),
  );
  const logGroupName = LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
  const client = new CloudWatchLogsClient(config);
  // The engine's events have no id: what was shown is known by the last time stamp and the number of events that had it.
  let startTime = 0;
  let shown = 0;
  while (true) {
    const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName, startTime }));
    const fresh = events.slice(shown);
    for (const { message = '' } of fresh) yield message.trimEnd();
    if (fresh.length === 0 && !follow) return;
    startTime = events.at(-1)?.timestamp ?? startTime;
    shown = events.filter(({ timestamp }) => timestamp === startTime).length;
    if (follow) await sleep(followMs);
  }
}
