import { requireAws } from './aws.ts';
import { type ClientConfig, clientConfig } from './clients.ts';
import { runningInstance } from './engine.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { makeCommand, makeLine } from './make-command.ts';

/** One stage of the system as an operator's verb addresses it. */
export interface Target {
  stage: string;
  /** For messages: `the local engine (demo)` or `stage prod on AWS (eu-west-1)`. */
  name: string;
  /** Configuration of AWS SDK clients. */
  config: ClientConfig | { region: string };
  /** The local engine; undefined on AWS. */
  instance?: Instance;
  /** How a verb is typed for this very target: `make delete SERVICE=workflow-v2 STAGE=prod`. */
  command(verb: string, settings?: Record<string, string>): string;
}

/**
 * Does something where STAGE says ({@link targetOf}).
 *
 * @throws Failure in one line for what the services of AWS refuse
 */
export async function onTarget<T>(stage: string | undefined, work: (target: Target) => Promise<T>): Promise<T> {
  const target = await targetOf(stage);
  try {
    return await work(target);
  } catch (cause) {
    // Every error of an AWS SDK client, of the service's or on the way to it, has $metadata.
    if (!(cause instanceof Error && '$metadata' in cause)) throw cause;
    throw new Failure(`${target.name} answers ${cause.name}: ${cause.message}`, { cause });
  }
}

/**
 * Where a verb that changes what is deployed works: on the local instance that runs, or, if and only if STAGE is given on
 * make's command line, on AWS.
 *
 * @param stage as given on the command line
 * @throws Failure when the engine does not run, AWS cannot be reached, or a STAGE of the environment leaves it open
 */
export async function targetOf(stage: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<Target> {
  if (!stage && env['STAGE']) {
    throw new Failure(`STAGE=${env['STAGE']} is set in the environment only; nothing goes to AWS by accident.`, {
      advice: `Say where on the command line: STAGE=${env['STAGE']} for AWS, STAGE=local for the local engine.`,
    });
  }
  return !stage || stage === 'local' ? localTarget(await runningInstance()) : awsTarget(stage, env);
}

export function localTarget(instance: Instance): Target {
  return {
    stage: 'local',
    name: `the local engine (${instance.name})`,
    config: clientConfig(instance),
    instance,
    command: (verb, settings) => makeCommand(verb, instance, settings),
  };
}

async function awsTarget(stage: string, env: NodeJS.ProcessEnv): Promise<Target> {
  const region = await requireAws(stage, env);
  return {
    stage,
    name: `stage ${stage} on AWS (${region})`,
    config: { region },
    command: (verb, settings) => makeLine(verb, { ...settings, STAGE: stage }),
  };
}
