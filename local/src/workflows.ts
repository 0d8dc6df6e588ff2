import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStateMachineCommand,
  paginateListExecutions,
  SFNClient,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import {
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { Failure } from './failure.ts';
import { say, step } from './progress.ts';
import { aligned } from './table.ts';
import type { Target } from './target.ts';
import { deployConfig, environmentOf, readServices } from './templates.ts';

/** A deployed version of the workflow, and the state of its machine: ACTIVE, DELETING, or MISSING. */
export interface Workflow {
  name: string;
  stateMachineArn: string;
  status: string;
}

/** How long the backend keeps the name of the active workflow, in seconds (its adapter ssm-active-workflow.ts). */
export const nameKeptSeconds = 5;
/** How long after a switch a run may still begin on the version before: that, the event's way, and clocks that differ. */
const settleMs = 15_000;
/** Longer than any run can live: the longest state machine times out after 43 minutes. */
const idleTimeoutMs = 45 * 60_000;
const idlePollMs = 1_000;
const idleLooksWanted = 3;

/** The workflows of one stage. */
export class Workflows {
  readonly #target: Target;
  readonly #ssm: SSMClient;
  readonly #stepFunctions: SFNClient;

  constructor(target: Target) {
    this.#target = target;
    this.#ssm = new SSMClient(target.config);
    this.#stepFunctions = new SFNClient(target.config);
  }

  get #activeParameter(): string {
    return `/happy-path/${this.#target.stage}/backend/active-workflow`;
  }

  /** The deployed versions, in the order of their names: each has published where its state machine is. */
  async deployed(): Promise<Workflow[]> {
    const Path = `/happy-path/${this.#target.stage}`;
    const arns = new Map<string, string>();
    for await (const { Parameters = [] } of paginateGetParametersByPath(
      { client: this.#ssm },
      { Path, Recursive: true },
    )) {
      for (const { Name = '', Value = '' } of Parameters) {
        const name = /\/(workflow-[^/]+)\/state-machine-arn$/.exec(Name)?.[1];
        if (name) arns.set(name, Value);
      }
    }
    const workflows = [...arns].map(async ([name, stateMachineArn]) => {
      return { name, stateMachineArn, status: await this.#statusOf(stateMachineArn) };
    });
    return (await Promise.all(workflows)).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  async #statusOf(stateMachineArn: string): Promise<string> {
    try {
      const { status } = await this.#stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
      return status ?? 'ACTIVE';
    } catch (error) {
      if (!(error instanceof StateMachineDoesNotExist)) throw error;
      return 'MISSING';
    }
  }

  /** The active workflow, and since when; nobody has chosen one yet where there is no such moment. */
  async active(): Promise<{ name: string; since?: Date | undefined }> {
    try {
      const { Parameter } = await this.#ssm.send(new GetParameterCommand({ Name: this.#activeParameter }));
      return { name: Parameter?.Value ?? '', since: Parameter?.LastModifiedDate };
    } catch (error) {
      if (!(error instanceof ParameterNotFound)) throw error;
      return { name: initialWorkflow(this.#target.stage) };
    }
  }

  async activate(name: string): Promise<void> {
    await this.#ssm.send(
      new PutParameterCommand({ Name: this.#activeParameter, Value: name, Type: 'String', Overwrite: true }),
    );
  }

  /** How many runs are in flight on a version. */
  async countRunning({ stateMachineArn }: Workflow): Promise<number> {
    let count = 0;
    const query = { stateMachineArn, statusFilter: 'RUNNING' } as const;
    for await (const { executions = [] } of paginateListExecutions({ client: this.#stepFunctions }, query))
      count += executions.length;
    return count;
  }
}

/** What the backend's first upload makes active where nobody has chosen. */
function initialWorkflow(stage: string): string {
  const backend = readServices().find(({ name }) => name === 'backend');
  if (!backend) throw new Failure('services/backend has no template.');
  const { InitialWorkflow } = deployConfig(backend, environmentOf(stage)).parameters;
  return InitialWorkflow ?? String(backend.template.Parameters?.['InitialWorkflow']?.Default);
}

/** The name of a version as people write it: `3`, `v3` or `workflow-v3`. */
export function workflowName(given: string): string {
  const number = /^(?:workflow-)?v?(\d+)$/.exec(given)?.[1];
  return number ? `workflow-v${number}` : given;
}

const runs = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`;

/**
 * Makes a deployed version the one that photos go to from now on.
 *
 * @param given the version, as {@link workflowName} takes it; without it, the deployed ones are listed
 * @throws Failure when that version is not deployed
 */
export async function useWorkflow(target: Target, given: string | undefined): Promise<void> {
  const workflows = new Workflows(target);
  const [deployed, active] = await Promise.all([workflows.deployed(), workflows.active()]);
  if (!given) {
    await list(target, workflows, deployed, active.name);
    return;
  }
  const name = workflowName(given);
  requireDeployed(target, name, deployed, active.name);
  if (name === active.name) {
    say(`${name} is already the active workflow of ${target.name}; nothing has changed.`);
    return;
  }
  await step(`switch ${target.name}: ${active.name} → ${name}`, () => workflows.activate(name));
  say(
    `Photos uploaded from now on go to ${name}, at the latest in ${nameKeptSeconds} s: so long the backend keeps a name.`,
  );
  const before = deployed.find((workflow) => workflow.name === active.name);
  if (before?.status !== 'ACTIVE') return;
  const running = await workflows.countRunning(before);
  say(
    running > 0
      ? `${runs(running)} in flight on ${before.name} will finish there.`
      : `No run is in flight on ${before.name}.`,
  );
}

function requireDeployed(target: Target, name: string, deployed: Workflow[], active: string): void {
  const chosen = deployed.find((workflow) => workflow.name === name);
  if (chosen?.status === 'ACTIVE') return;
  const usable = deployed.filter(({ status }) => status === 'ACTIVE').map((workflow) => workflow.name);
  const choice = usable.map((each) => (each === active ? `${each} (active)` : each)).join(', ') || 'none';
  const why = chosen
    ? `has no usable state machine on ${target.name} (${chosen.status})`
    : `is not deployed on ${target.name}`;
  throw new Failure(`${name} ${why}.`, { advice: `Deployed: ${choice}. ${howToDeploy(target, name)}` });
}

function howToDeploy({ instance, command }: Target, name: string): string {
  if (!readServices().some((service) => service.name === name)) return `There is no services/${name} to deploy.`;
  return `Deploy it: ${command(instance ? 'sync' : 'deploy', { SERVICE: name })}`;
}

async function list(target: Target, workflows: Workflows, deployed: Workflow[], active: string): Promise<void> {
  if (deployed.length === 0) {
    const advice = `Deploy them: ${target.command(target.instance ? 'up' : 'deploy')}`;
    throw new Failure(`No workflow is deployed on ${target.name}.`, { advice });
  }
  const rows = deployed.map(async (workflow) => {
    const { name, status } = workflow;
    if (status !== 'ACTIVE') return [name, '', `its state machine is ${status}`];
    return [name, name === active ? 'active' : '', `${runs(await workflows.countRunning(workflow))} in flight`];
  });
  if (!deployed.some(({ name }) => name === active))
    say(`The active workflow, ${active}, is not deployed: photos wait.`);
  console.log(`Workflows on ${target.name}:`);
  for (const row of aligned(await Promise.all(rows))) console.log(`  ${row}`);
  console.log(`Switch: ${target.command('use-workflow', { V: '<version>' })}`);
}

/**
 * Waits until a version may be deleted without ending a run: it is not active, what was stamped for it has begun, and all
 * its runs have ended.
 *
 * @throws Failure when it is the active one, or still runs after 45 minutes
 */
export async function waitUntilIdle(target: Target, name: string, tell: (news: string) => void): Promise<void> {
  const workflows = new Workflows(target);
  const workflow = (await workflows.deployed()).find((each) => each.name === name && each.status === 'ACTIVE');
  const startedAt = Date.now();
  let idleLooks = 0;
  for (;;) {
    const active = await workflows.active();
    if (active.name === name) throw isActive(target, name);
    if (!workflow) return;
    const now = Date.now();
    // Whichever is over first: the clocks of AWS and of this machine may differ by more.
    const quietMs = Math.max(now - startedAt, now - (active.since?.getTime() ?? 0));
    const running = await workflows.countRunning(workflow);
    // The list of executions is eventually consistent: one look may miss a run that has just begun.
    const isQuiet = quietMs >= settleMs;
    idleLooks = running === 0 && isQuiet ? idleLooks + 1 : 0;
    if (idleLooks === idleLooksWanted) return;
    if (now - startedAt > idleTimeoutMs) {
      throw new Failure(`${name} still has ${runs(running)} in flight after 45 minutes. Nothing was deleted.`, {
        advice: `See them: aws stepfunctions list-executions --status-filter RUNNING --state-machine-arn ${workflow.stateMachineArn}`,
      });
    }
    const isIdle = isQuiet ? 'none, looking again' : 'it was active a moment ago, runs may still begin';
    tell(running > 0 ? `${runs(running)} in flight` : isIdle);
    await sleep(idlePollMs);
  }
}

function isActive(target: Target, name: string): Failure {
  const [use, again] = [target.command('use-workflow', { V: '<other>' }), target.command('delete', { SERVICE: name })];
  return new Failure(`${name} is the active workflow of ${target.name}: photos go there.`, {
    advice: `Switch to another, then delete it: ${use} && ${again}`,
  });
}
