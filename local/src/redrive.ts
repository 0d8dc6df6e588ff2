import { Failure } from './failure.ts';
import { redrivePhotos } from './redrive-photos.ts';
import { hasQueues, redriveQueues } from './redrive-queues.ts';
import { redriveReviews } from './redrive-reviews.ts';
import type { Target } from './target.ts';
import { readServices, type Service } from './templates.ts';
import { selectServices } from './up.ts';

/**
 * Takes up again what a service has given up on; with `dryRun` it only lists that.
 *
 * @returns whether everything that can be was taken up
 */
export type Redrive = (target: Target, dryRun: boolean) => Promise<boolean>;

/** Services that take up what they gave up on in a way of their own. The queues of all others go by {@link redriveQueues}. */
const own: Record<string, Redrive> = { backend: redrivePhotos, reviews: redriveReviews };

/** @throws Failure when the service is unknown, or gives up on nothing */
export async function redrive(target: Target, name: string | undefined, dryRun: boolean): Promise<boolean> {
  const choice = readServices()
    .filter(redriveOf)
    .map((service) => target.command('redrive', { SERVICE: service.name }));
  const advice = `What can be redriven: ${choice.join(', ')}`;
  if (!name) throw new Failure('SERVICE is missing.', { advice });
  const [start] = selectServices(name).map(redriveOf);
  if (!start) throw new Failure(`There is nothing to redrive in ${name}.`, { advice });
  return start(target, dryRun);
}

function redriveOf(service: Service): Redrive | undefined {
  if (own[service.name]) return own[service.name];
  return hasQueues(service) ? (target, dryRun) => redriveQueues(target, service, dryRun) : undefined;
}
