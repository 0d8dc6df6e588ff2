import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { publishSite } from '../../tools/publish-site.ts';
import { clientConfig } from './clients.ts';
import type { Instance } from './instance.ts';
import { servicesFolder } from './paths.ts';
import { step } from './progress.ts';

/** Publishes the page on the engine, once there is a page. */
export async function publishSiteLocally(instance: Instance): Promise<void> {
  if (!existsSync(join(servicesFolder, 'frontend', 'site'))) return;
  await step(
    'publish the page',
    () => publishSite('local', clientConfig(instance)),
    ({ length }) => (length === 0 ? 'unchanged' : `${length} files`),
  );
}
