import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { publishSite } from '../../tools/publish-site.ts';
import { contentHash } from './build.ts';
import { clientConfig, withoutMake } from './clients.ts';
import { connect } from './engine.ts';
import type { Instance } from './instance.ts';
import { cache, nodeBin, root, servicesFolder } from './paths.ts';
import { say, step } from './progress.ts';
import { run, runInteractively, type Tool } from './run.ts';

const folder = join(servicesFolder, 'frontend');

/** Everything that the build of the page reads. */
const inputs = [
  'services/frontend/{src,public,tools}/**',
  'services/frontend/{index.html,package.json,tsconfig.json,vite.config.ts}',
  'tsconfig.base.json',
  'package-lock.json',
];

function vite(args: string[], env: NodeJS.ProcessEnv = {}): Tool {
  const command = join(nodeBin, 'node');
  const script = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  return { command, args: [script, ...args], cwd: folder, env: { ...withoutMake(process.env), ...env } };
}

/**
 * Builds the page, unless it is already of these very inputs.
 *
 * @returns whether it had to be built
 */
export async function buildSite(): Promise<boolean> {
  const mark = join(cache, 'site-inputs.sha256');
  const build = () =>
    withLock(join(cache, 'build-site.lock'), async () => {
      const hash = await contentHash(inputs);
      const isBuilt = existsSync(join(folder, 'dist', 'index.html'));
      if (isBuilt && (await readFile(mark, 'utf8').catch(() => '')) === hash) return false;
      await rm(mark, { force: true });
      // A test run's own NODE_ENV would have Vue's development build published, 20 kB larger.
      await run(vite(['build'], { NODE_ENV: 'production' }), 'vite build failed in services/frontend.');
      await writeFile(mark, hash);
      return true;
    });
  return step('build the page', build, (built) => (built ? '' : 'unchanged'));
}

/** Builds the page and publishes it on the engine. */
export async function publishSiteLocally(instance: Instance): Promise<void> {
  await buildSite();
  await step(
    'publish the page',
    () => publishSite('local', clientConfig(instance)),
    ({ length }) => (length === 0 ? 'unchanged' : `${length} files`),
  );
}

/** Serves the page from its sources, with what it asks of the API and its photos from the running engine. */
export async function serveSources(instance: Instance): Promise<void> {
  const { siteUrl } = await connect({ instance: instance.name });
  say(`the page's sources, in front of ${siteUrl}; Ctrl-C ends it`);
  await runInteractively(vite([], { HAPPY_PATH_SITE: siteUrl }));
}
