import { Failure } from './failure.ts';
import { redrivePhotos } from './redrive-photos.ts';
import { redriveReviews } from './redrive-reviews.ts';
import type { Target } from './target.ts';
import { selectServices } from './up.ts';

/**
 * Takes up again what a service has given up on; with `dryRun` it only lists that.
 *
 * @returns whether everything that can be was taken up
 */
export type Redrive = (target: Target, dryRun: boolean) => Promise<boolean>;

/** How each service that gives up on something takes it up again. */
const redrives: Record<string, Redrive> = { backend: redrivePhotos, reviews: redriveReviews };

/** @throws Failure when the service is unknown, or gives up on nothing */
export async function redrive(target: Target, service: string | undefined, dryRun: boolean): Promise<boolean> {
  const choice = Object.keys(redrives).map((name) => target.command('redrive', { SERVICE: name }));
  const advice = `What can be redriven: ${choice.join(', ')}`;
  if (!service) throw new Failure('SERVICE is missing.', { advice });
  selectServices(service);
  const start = redrives[service];
  if (!start) throw new Failure(`There is nothing to redrive in ${service}.`, { advice });
  return start(target, dryRun);
}
