import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { withoutMake } from './clients.ts';
import { cache, root } from './paths.ts';
import { pythonOf } from './python.ts';
import { run, type Tool } from './run.ts';
import type { Service } from './templates.ts';

/** What a service's artifacts depend on, besides its own folder. */
const sharedInputs = [
  'shared/*/{package.json,src/**}',
  'statemachines/**',
  'package-lock.json',
  'tools/*',
  'tools/sharp/*',
];
const ownInputs = ['template.yaml', 'package.json', 'Makefile', 'samconfig.toml', 'src/**'];

/** Content hash of everything that `sam build` of a service reads; equal hashes mean equal artifacts. */
export async function inputHash(serviceFolder: string, repository = root): Promise<string> {
  const own = ownInputs.map((pattern) => join(relative(repository, serviceFolder), pattern));
  return contentHash([...own, ...sharedInputs], repository);
}

/** Hash of the names and contents of the files that match patterns. */
export async function contentHash(patterns: string[], repository = root): Promise<string> {
  const entries = globSync(patterns, { cwd: repository, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${relative(repository, file)}\0`);
    hash.update(
      createHash('sha256')
        .update(await readFile(file))
        .digest(),
    );
  }
  return hash.digest('hex');
}

/** A run of the SAM CLI in a service's folder. */
export async function samTool(service: Service, args: string[], env: NodeJS.ProcessEnv): Promise<Tool> {
  return { command: await pythonOf('sam'), args: ['-m', 'samcli', ...args], cwd: service.folder, env };
}

/**
 * Builds a service with `sam build`, unless its artifacts are of these very inputs.
 *
 * @returns the content hash of the inputs, and whether anything had to be built
 */
export async function buildService(service: Service): Promise<{ hash: string; built: boolean }> {
  const mark = join(service.folder, '.aws-sam', 'build', 'inputs.sha256');
  return withLock(join(cache, `build-${service.name}.lock`), async () => {
    const hash = await inputHash(service.folder);
    if ((await readFile(mark, 'utf8').catch(() => '')) === hash) return { hash, built: false };
    await rm(mark, { force: true });
    const environment = withoutMake({ ...process.env, SAM_CLI_TELEMETRY: '0' });
    await run(await samTool(service, ['build'], environment), `sam build failed in services/${service.name}.`);
    await writeFile(mark, hash);
    return { hash, built: true };
  });
}
