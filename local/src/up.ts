import { join } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { installAi } from './ai.ts';
import { buildService } from './build.ts';
import { deployService, ensureArtifactsBucket } from './deploy.ts';
import { requireRoom, saveState, startEngine } from './engine-process.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { keepMail } from './mail.ts';
import { say, step } from './progress.ts';
import { pythonOf } from './python.ts';
import { allSettled } from './settled.ts';
import { publishSiteLocally } from './site.ts';
import { deployOrder, readServices, type Service } from './templates.ts';

/**
 * Builds services at the same time; SAM itself builds each one's functions in parallel.
 *
 * @returns the content hash of each service's inputs, by service name
 */
export async function build(services: Service[]): Promise<Map<string, string>> {
  await pythonOf('sam');
  const hashes = services.map(async (service) => {
    const { hash } = await step(
      `build ${service.name}`,
      () => buildService(service),
      ({ built }) => (built ? '' : 'unchanged'),
    );
    return [service.name, hash] as const;
  });
  return new Map(await allSettled(hashes));
}

/** Starts the engine and brings every service and the page to it; what is up to date is left alone. */
export async function up(instance: Instance): Promise<void> {
  await alone(instance, async () => {
    const groups = deployOrder(readServices());
    await requireRoom(instance);
    const hashing = build(groups.flat());
    await allSettled<unknown>([hashing, start(instance)]);
    await ensureArtifactsBucket(instance);
    const hashes = await hashing;
    for (const group of groups) await allSettled(group.map((service) => deployOne(instance, service, hashes)));
    await keepMail(instance);
    await publishSiteLocally(instance);
    await step('save the state', () => saveState(instance));
  });
}

async function start(instance: Instance): Promise<void> {
  const python = pythonOf('engine');
  await allSettled<unknown>([python, installAi()]);
  const outcome = (started: boolean) => (started ? instance.endpoint : 'it runs');
  await step('start the engine', async () => startEngine(instance, await python), outcome);
}

/** Brings what changed in one service, or in all, to the running engine. */
export async function sync(instance: Instance, only?: string): Promise<void> {
  await alone(instance, async () => {
    const services = selectServices(only);
    const hashes = await build(services);
    for (const service of services) await deployOne(instance, service, hashes);
    await keepMail(instance);
    await publishSiteLocally(instance);
  });
}

/** One command at a time deploys to an instance. */
export function alone(instance: Instance, work: () => Promise<void>): Promise<void> {
  const wait = (pid: number) => say(`another command (process ${pid}) deploys to ${instance.name}: waiting for it`);
  return withLock(join(instance.folder, 'deploy.lock'), work, wait);
}

async function deployOne(instance: Instance, service: Service, hashes: Map<string, string>): Promise<void> {
  const hash = hashes.get(service.name) ?? '';
  const outcome = (changed: boolean) => (changed ? '' : 'unchanged');
  await step(`deploy ${service.name}`, () => deployService(instance, service, hash), outcome);
}

/** The service of that name, or all of them in the order of deployment. */
export function selectServices(only: string | undefined): Service[] {
  const services = deployOrder(readServices()).flat();
  const selected = services.filter(({ name }) => !only || name === only);
  if (selected.length > 0) return selected;
  throw new Failure(`No service is called ${only}.`, {
    advice: `There are: ${services.map(({ name }) => name).join(', ')}`,
  });
}
