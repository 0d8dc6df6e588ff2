import { buildService } from './build.ts';
import { deployService, ensureArtifactsBucket } from './deploy.ts';
import { saveState, startEngine } from './engine-process.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { step } from './progress.ts';
import { pythonOf } from './python.ts';
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
  return new Map(await Promise.all(hashes));
}

/** Starts the engine and brings every service and the page to it; what is up to date is left alone. */
export async function up(instance: Instance): Promise<void> {
  const groups = deployOrder(readServices());
  const python = await pythonOf('engine');
  const [hashes] = await Promise.all([
    build(groups.flat()),
    step(
      'start the engine',
      () => startEngine(instance, python),
      (started) => (started ? instance.endpoint : 'it runs'),
    ),
  ]);
  await ensureArtifactsBucket(instance);
  for (const group of groups) await Promise.all(group.map((service) => deployOne(instance, service, hashes)));
  await publishSiteLocally(instance);
  await step('save the state', () => saveState(instance));
}

/** Brings what changed in one service, or in all, to the running engine. */
export async function sync(instance: Instance, only?: string): Promise<void> {
  const services = selectServices(only);
  const hashes = await build(services);
  for (const service of services) await deployOne(instance, service, hashes);
  await publishSiteLocally(instance);
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
