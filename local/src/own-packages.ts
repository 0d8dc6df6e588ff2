import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { withoutMake } from './clients.ts';
import { requireFreeSpace } from './disk.ts';
import { cache, root } from './paths.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

/**
 * Installs the npm packages of a folder that has a lock file of its own, unless they are those of that file.
 *
 * @param what names them for the user: "the local AI models"
 */
export async function installPackages(folder: string, what: string): Promise<void> {
  const wanted = createHash('sha256')
    .update(await readFile(join(folder, 'package-lock.json')))
    .digest('hex');
  // Says which lock file the packages beside it are of. `npm ci` begins by removing it with them.
  const mark = join(folder, 'node_modules', '.installed');
  const isInstalled = async () => (await readFile(mark, 'utf8').catch(() => '')) === wanted;
  if (await isInstalled()) return;
  await withLock(join(cache, `npm-ci-${basename(folder)}.lock`), async () => {
    if (await isInstalled()) return;
    await step(`install ${what}`, async () => {
      await requireFreeSpace(root);
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
      await run(
        { command: 'npm', args, cwd: folder, env: withoutMake(process.env) },
        `Could not install ${what}.`,
        'Check the network, the proxy and the registry settings of npm. Then run the command again.',
      );
      await writeFile(mark, wanted);
    });
  });
}
